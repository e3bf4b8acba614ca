package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.Errand;
import io.errand.testing.FreePorts;
import io.errand.testing.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/** A broker that is a process of its own, and dies like one. */
final class BrokerProcess implements AutoCloseable {

    /** For a start as short as it can be; nothing here runs for long. */
    private static final List<String> LEAN = List.of(
            "-XX:TieredStopAtLevel=1",
            "-Xmx512m",
            "--enable-native-access=ALL-UNNAMED",
            "-Dspring.main.banner-mode=off");

    private final int port = FreePorts.next();
    private final Path folder;
    private final Process process;

    private BrokerProcess(
            Path parent, Map<String, String> settings, Map<String, String> system, List<String> options, String main) {
        try {
            folder = Files.createTempDirectory(parent, "broker-");
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString()));
            command.addAll(LEAN);
            command.addAll(options);
            command.add("-D" + FaultyErrand.FOLDER + "=" + folder);
            system.forEach((key, value) -> command.add("-D" + key + "=" + value));
            command.addAll(List.of(main, "--server.port=" + port));
            settings.forEach((key, value) -> command.add("--" + key + "=" + value));
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log().toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    }

    /**
     * Starts one, without waiting for it.
     *
     * @param options of the JVM, with its class path
     */
    static BrokerProcess start(
            Path parent, Map<String, String> settings, Map<String, String> system, List<String> options) {
        return new BrokerProcess(parent, settings, system, options, FaultyErrand.class.getName());
    }

    /** The service of another build, which has no fault points. */
    static BrokerProcess startOther(Path parent, Map<String, String> settings, String classPath) {
        return new BrokerProcess(
                parent, settings, Map.of(), List.of("-XX:+UseSerialGC", "-cp", classPath), Errand.class.getName());
    }

    BrokerProcess awaitReady() {
        Awaitility.await("a broker that is ready; its log is " + log())
                .atMost(Duration.ofSeconds(150))
                .pollInterval(Duration.ofMillis(50))
                .failFast(() -> assertThat(process.isAlive()).as(logged()).isTrue())
                .ignoreExceptions()
                .until(() -> wire().get("/actuator/health/readiness").status() == 200);
        return this;
    }

    int port() {
        return port;
    }

    Wire wire() {
        return Wire.at(port);
    }

    Path log() {
        return folder.resolve("broker.log");
    }

    String logged() {
        try {
            return Files.readString(log());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next thread that comes by stops there. */
    BrokerProcess arm(String point) {
        touch(point + ".armed");
        return this;
    }

    /** Whoever has not come there yet passes. */
    void disarm(String point) {
        try {
            Files.deleteIfExists(folder.resolve(point + ".armed"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void awaitReached(String point) {
        Awaitility.await("the point " + point + "; the log is " + log())
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> stands(point));
    }

    boolean stands(String point) {
        return Files.exists(folder.resolve(point + ".reached"));
    }

    void letGo(String point) {
        try {
            Files.delete(folder.resolve(point + ".reached"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        touch(point + ".go");
    }

    private void touch(String file) {
        try {
            Files.createFile(folder.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SIGTERM. */
    void end() {
        process.destroy();
        process.onExit().join();
    }

    /** SIGKILL. */
    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    @Override
    public void close() {
        kill();
    }
}
