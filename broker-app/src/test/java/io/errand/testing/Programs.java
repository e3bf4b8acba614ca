package io.errand.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Servers of Debian's packages, started for tests on loopback with data of their own. Where one is not installed, tests are
 * skipped, unless {@code ERRAND_REQUIRE_ALL=true}.
 */
final class Programs {

    private static final List<String> BESIDE_THE_PATH = List.of("/usr/sbin", "/usr/lib/rabbitmq/bin");

    private Programs() {}

    /** @param name of the command; one that is not a wrapper which becomes another user comes first */
    static Path find(String name, String debianPackage) {
        return Stream.concat(
                        BESIDE_THE_PATH.reversed().stream(),
                        Arrays.stream(Objects.requireNonNullElse(System.getenv("PATH"), "")
                                .split(File.pathSeparator)))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseGet(() -> missing(name, debianPackage));
    }

    private static Path missing(String name, String debianPackage) {
        String sentence = "There is no " + name + "; Debian's package is " + debianPackage;
        if ("true".equals(System.getenv("ERRAND_REQUIRE_ALL"))) {
            throw new AssertionError(sentence);
        }
        Assumptions.abort(sentence);
        throw new IllegalStateException(sentence);
    }

    static Path folder(String name) {
        try {
            return Files.createTempDirectory("errand-" + name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs to its end, which must be a good one. */
    static void run(Path log, Map<String, String> environment, String... command) {
        try {
            Process process = start(log, environment, command);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + " failed:\n" + Files.readString(log));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Ends with the JVM at the latest. */
    static Process start(Path log, Map<String, String> environment, String... command) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(process)));
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it started as well. */
    static void end(Process process) {
        List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(handle -> handle.onExit().join());
    }

    /** Whoever runs the tests. */
    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }
}
