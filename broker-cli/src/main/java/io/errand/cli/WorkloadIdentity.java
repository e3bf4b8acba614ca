package io.errand.cli;

import io.errand.client.WorkloadTokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a command has its workload's token from: a mixin for commands that act as an agent. */
final class WorkloadIdentity {

    /** Taken out of what a command that is run sees: with it, it could begin tasks of its own. */
    static final String VARIABLE = "ERRAND_WORKLOAD_TOKEN";

    private static final int MAX_BYTES = 64 * 1024;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description =
                    "The workload's token, read anew each time. Without this and --token-command: " + VARIABLE + ".")
    private @Nullable Path file;

    @Option(
            names = "--token-command",
            paramLabel = "CMD",
            description = "A shell command that prints the workload's token, run each time that one is needed.")
    private @Nullable String command;

    Supplier<String> token() {
        if (file != null && command != null) {
            throw new CommandFailed("Give --token-file or --token-command, not both.");
        }
        Supplier<String> source = source();
        return () -> {
            try {
                return source.get();
            } catch (UncheckedIOException | IllegalStateException e) {
                throw new CommandFailed(String.valueOf(e.getMessage()), e);
            }
        };
    }

    private Supplier<String> source() {
        if (file != null) {
            return WorkloadTokens.file(file);
        }
        if (command != null) {
            String line = command;
            return () -> printedBy(line);
        }
        if (System.getenv(VARIABLE) == null) {
            throw new CommandFailed(
                    "Who is this? Give the workload's token by --token-file, --token-command or " + VARIABLE + ".");
        }
        return WorkloadTokens.environment(VARIABLE);
    }

    private static String printedBy(String line) {
        try {
            Process shell = new ProcessBuilder("sh", "-c", line)
                    .redirectError(Redirect.INHERIT)
                    .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                    .start();
            String printed;
            try (var out = shell.getInputStream()) {
                printed = new String(out.readNBytes(MAX_BYTES), StandardCharsets.UTF_8).strip();
            }
            if (shell.waitFor() != 0 || printed.isEmpty()) {
                throw new CommandFailed("--token-command printed no token (exit code " + shell.exitValue() + ").");
            }
            return printed;
        } catch (IOException e) {
            throw new CommandFailed("--token-command cannot be run: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailed("Interrupted.", e);
        }
    }
}
