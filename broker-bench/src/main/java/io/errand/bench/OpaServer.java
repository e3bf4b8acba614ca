package io.errand.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Open Policy Agent, with its decision log in a file. */
final class OpaServer implements AutoCloseable {

    private final ServerProcess process;
    private final Path log;
    private final URI base;

    private OpaServer(ServerProcess process, Path log, URI base) {
        this.process = process;
        this.log = log;
        this.base = base;
    }

    /** {@code ERRAND_OPA_BIN}, or the first {@code opa} of the path or of the peers' cache. */
    static Optional<Path> binary() {
        return Binary.find(
                "ERRAND_OPA_BIN", "opa", Path.of(System.getProperty("user.home"), ".cache", "errand-peers", "opa"));
    }

    /** @param rules of which the last one permits */
    static OpaServer start(Path binary, Path folder, int port, int rules) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path policy = Files.writeString(folder.resolve("policy.rego"), rego(rules));
        Path log = folder.resolve("decisions.log");
        URI base = URI.create("http://127.0.0.1:" + port);
        ServerProcess process = ServerProcess.start(
                List.of(
                        binary.toString(),
                        "run",
                        "--server",
                        "--disable-telemetry",
                        "--addr",
                        "127.0.0.1:" + port,
                        "--log-level",
                        "error",
                        "--set",
                        "decision_logs.console=true",
                        policy.toString()),
                Map.of(),
                log);
        return new OpaServer(process.awaitReady(base.resolve("/health")), log, base);
    }

    private static String rego(int rules) {
        return IntStream.range(0, rules)
                .mapToObj(i -> """
                        allow if {
                          input.task.type == "%s"
                          input.action.name == "read"
                          not "secret" in input.session.labels
                        }
                        """.formatted(i == rules - 1 ? "bench" : "other-" + i))
                .collect(Collectors.joining("\n", "package bench\n\ndefault allow := false\n\n", ""));
    }

    Operation operation() {
        String input = """
                {"input": {"subject": {"type": "task", "id": "1"}, "action": {"name": "read"},
                 "resource": {"type": "tool", "id": "reports"}, "task": {"type": "bench"}, "session": {"labels": ["data:internal"]}}}
                """;
        byte[] request = HttpLine.json(base, "/v1/data/bench/allow", "", input);
        return new Operation(base, List.of(request), false, "\"result\":true");
    }

    /** @throws BenchFailed if it wrote no decisions, so that it was measured without its log */
    void checkLogged() throws IOException {
        try (Stream<String> lines = Files.lines(log, StandardCharsets.UTF_8)) {
            if (lines.noneMatch(line -> line.contains("decision_id"))) {
                throw new BenchFailed("OPA writes no decision log");
            }
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
