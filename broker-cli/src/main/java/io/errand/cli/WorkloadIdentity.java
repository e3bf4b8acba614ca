package io.errand.cli;

import io.errand.api.Json;
import io.errand.client.WorkloadTokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** Where a command has its workload's token from: a mixin for commands that act as an agent. */
final class WorkloadIdentity {

    /** Taken out of what a command that is run sees: with it, it could begin tasks of its own. */
    static final String VARIABLE = "ERRAND_WORKLOAD_TOKEN";

    private static final String NO_TOKEN = " What was given as the workload's token is none (a JWT with exp).";
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
            throw CommandFailed.usage("Give --token-file or --token-command, not both.");
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

    /** What can be seen from here about a token that is not accepted: the broker tells its reasons to its audit log alone. */
    String hint() {
        String[] parts = token().get().split("\\.", -1);
        try {
            JsonNode end = parts.length == 3
                    ? Json.mapper()
                            .readTree(Base64.getUrlDecoder().decode(parts[1]))
                            .path("exp")
                    : MissingNode.getInstance();
            if (!end.isNumber()) {
                return NO_TOKEN;
            }
            Instant expired = Instant.ofEpochSecond(end.asLong());
            return expired.isBefore(Instant.now())
                    ? " The workload's token expired at " + expired + ", by this machine's clock."
                    : "";
        } catch (IllegalArgumentException | DateTimeException | JacksonException e) {
            return NO_TOKEN;
        }
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
