package io.errand.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/** Where the token comes from that tells the broker which workload this is. Any supplier will do. */
public final class WorkloadTokens {

    private static final int MAX_BYTES = 64 * 1024;

    private WorkloadTokens() {}

    /** A file that the platform replaces while the program runs, as Kubernetes does; read anew each time. */
    public static Supplier<String> file(Path file) {
        return () -> {
            try (var in = Files.newInputStream(file)) {
                return nonEmpty(new String(in.readNBytes(MAX_BYTES), java.nio.charset.StandardCharsets.UTF_8), file);
            } catch (IOException e) {
                throw new UncheckedIOException("The workload token cannot be read from " + file + ".", e);
            }
        };
    }

    /** An environment variable; it serves as long as the token in it is valid. */
    public static Supplier<String> environment(String variable) {
        return () -> {
            String value = System.getenv(variable);
            return nonEmpty(value == null ? "" : value, variable);
        };
    }

    private static String nonEmpty(String token, Object source) {
        if (token.isBlank()) {
            throw new IllegalStateException("There is no workload token in " + source + ".");
        }
        return token.strip();
    }
}
