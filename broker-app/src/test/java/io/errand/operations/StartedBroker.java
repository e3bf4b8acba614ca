package io.errand.operations;

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
import tools.jackson.databind.JsonNode;

/** A broker as a process of its own, with a management port, whose standard output is kept apart from what the JVM says. */
final class StartedBroker implements AutoCloseable {

    private static final String UNREACHABLE = "Connection refused";

    private final int port = FreePorts.next();
    private final int management = FreePorts.next();
    private final Path folder;
    private final Process process;

    private StartedBroker(Map<String, String> settings) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                io.errand.broker.Errand.class.getName(),
                "--server.port=" + port,
                "--management.server.port=" + management));
        settings.forEach((key, value) -> command.add("--" + key + "=" + value));
        try {
            folder = Files.createTempDirectory("errand-started");
            process = new ProcessBuilder(command)
                    .redirectOutput(folder.resolve("out").toFile())
                    .redirectError(folder.resolve("err").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    }

    /** Waits until the management port answers, whatever it says of readiness. */
    static StartedBroker with(Map<String, String> settings) {
        StartedBroker broker = new StartedBroker(settings);
        Awaitility.await("the management port; the log is in " + broker.folder)
                .atMost(Duration.ofSeconds(150))
                .failFast("the broker ended: " + broker.folder, () -> !broker.process.isAlive())
                .ignoreExceptionsMatching(
                        e -> String.valueOf(e).contains(UNREACHABLE) || e instanceof UncheckedIOException)
                .until(() ->
                        broker.management().get("/actuator/health/liveness").status() == 200);
        return broker;
    }

    Wire management() {
        return Wire.at(management);
    }

    /** {@code UP} or {@code DOWN}, as the readiness says. */
    StartedBroker awaitReadiness(String status) {
        Awaitility.await("readiness " + status + "; the log is in " + folder)
                .atMost(Duration.ofSeconds(60))
                .until(() -> readiness().path("status").asString("").equals(status));
        return this;
    }

    JsonNode readiness() {
        return management().get("/actuator/health/readiness").json();
    }

    int port() {
        return port;
    }

    List<String> standardOutput() {
        try {
            return Files.readAllLines(folder.resolve("out"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}
