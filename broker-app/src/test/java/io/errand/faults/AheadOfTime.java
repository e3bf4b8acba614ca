package io.errand.faults;

import io.errand.testing.Scene;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.spi.ToolProvider;

/**
 * Brokers start in little more than half the time when their classes come linked from a cache (JEP 514). One that is nobody's makes
 * it: it serves a little, and writes down at its end what it had loaded. Only jars can be cached, so directories become some.
 */
final class AheadOfTime {

    /** The cache costs about as much as this many starts. */
    private static final int STARTS_WITHOUT = 3;

    private static final AtomicInteger STARTS = new AtomicInteger();

    private static final class Once {
        private static final List<String> OPTIONS = record();
    }

    private AheadOfTime() {}

    /** The class path of the next broker, its collector, and its cache if that is worth it by now. */
    static List<String> options() {
        return STARTS.incrementAndGet() <= STARTS_WITHOUT ? without() : Once.OPTIONS;
    }

    /** The same, never with a cache. */
    static List<String> without() {
        return List.of("-XX:+UseSerialGC", "-cp", classPath());
    }

    private static List<String> record() {
        try {
            Path folder = Files.createTempDirectory("errand-ahead-of-time");
            String jars = inJars(folder);
            Path cache = folder.resolve("cache.aot");
            Deployment nobody = new Deployment();
            // The cache holds objects too, which only this collector can write and any can read.
            try (BrokerProcess broker =
                    nobody.launch(Map.of(), List.of("-XX:+UseG1GC", "-XX:AOTCacheOutput=" + cache, "-cp", jars))) {
                broker.awaitReady();
                Scene scene = Deployment.furnish(broker);
                scene.complete(Client.granted(scene, Deployment.POSTGRES_TOOL, "read"));
                scene.complete(Client.granted(scene, Deployment.VAULT_TOOL, "read"));
                broker.end();
            }
            return List.of("-XX:+UseSerialGC", "-XX:AOTCache=" + cache, "-cp", jars);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String inJars(Path folder) {
        List<String> jars = new ArrayList<>();
        for (String entry : classPath().split(File.pathSeparator)) {
            if (Files.isDirectory(Path.of(entry))) {
                String jar = folder.resolve(jars.size() + ".jar").toString();
                ToolProvider.findFirst("jar")
                        .orElseThrow()
                        .run(System.out, System.err, "--create", "--no-compress", "--file", jar, "-C", entry, ".");
                jars.add(jar);
            } else if (Files.exists(Path.of(entry))) {
                jars.add(entry);
            }
        }
        return String.join(File.pathSeparator, jars);
    }

    private static String classPath() {
        // Surefire's own is a jar that is gone when its JVM is.
        return Objects.requireNonNullElse(
                System.getProperty("surefire.test.class.path"), System.getProperty("java.class.path"));
    }
}
