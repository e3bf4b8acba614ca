package io.errand.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.errand.api.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code errand policy} as it is typed: what is sent, what is said, and the exit code that a pipeline can rely on. */
class PolicyCommandsTest {

    private final HttpServer server = server();
    private final Deque<String> answers = new ArrayDeque<>();
    private final List<String> paths = new CopyOnWriteArrayList<>();
    private final List<String> bodies = new CopyOnWriteArrayList<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path policies;

    @BeforeEach
    void listening() throws IOException {
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        new ServeFile(url, url, url, url).write(directory);
        DevelopmentKey.loadOrCreate(directory);
        server.createContext("/", this::answer);
        server.start();
        Files.writeString(policies.resolve("a.cedar"), "permit(principal, action, resource);");
        Files.writeString(policies.resolve("b.cedar"), "forbid(principal, action, resource);");
    }

    @AfterEach
    void stopped() {
        server.stop(0);
    }

    @Test
    void testsAreSentWithThePoliciesBesideThem() throws IOException {
        Files.writeString(policies.resolve("a.test.yaml"), "cases: [{ask: {agent: x}, expect: {effect: permit}}]");
        Files.writeString(policies.resolve("b.test.yaml"), "policies: [b.cedar, a.cedar]\ncases: []");
        answers.add("{\"passed\": 1, \"failed\": 0, \"results\": []}");
        answers.add("{\"passed\": 2, \"failed\": 0, \"results\": []}");

        int exit = run("test", policies.toString());

        assertThat(exit).as(err.toString()).isZero();
        assertThat(paths).containsOnly("POST /admin/v1/policies/test");
        JsonNode first = Json.mapper().readTree(bodies.getFirst());
        assertThat(first.path("cedar").asString()).isEqualTo("permit(principal, action, resource);");
        assertThat(first.path("cases").size()).isEqualTo(1);
        JsonNode second = Json.mapper().readTree(bodies.getLast());
        assertThat(second.path("cedar").asString()).startsWith("forbid").contains("permit");
        assertThat(second.has("policies")).isFalse();
        assertThat(out.toString()).isEqualToIgnoringNewLines("3 passed, 0 failed\n");
    }

    @Test
    void aTestThatFailsIsNamedAndIsExitCodeOne() throws IOException {
        Path file = Files.writeString(policies.resolve("a.test.yaml"), "cases: []");
        answers.add("""
                {"passed": 0, "failed": 1, "results":
                 [{"name": "reads", "passed": false, "mismatch": "effect is deny, expected was permit"}]}
                """);

        int exit = run("test", file.toString());

        assertThat(exit).isEqualTo(1);
        assertThat(out.toString()).contains("a.test.yaml: reads: effect is deny, expected was permit");
    }

    @Test
    void aReplayOfAFileIsNamedAfterIt() {
        answers.add("""
                {"replayed": 2, "same": 1, "skipped": 0, "truncated": false, "differences":
                 [{"decision": "d-1", "at": "2026-11-20T12:00:00Z", "agent": "x", "tool": "t", "actions": ["read"],
                   "was": {"effect": "permit", "policies": ["a@1/all"]}, "now": {"effect": "deny", "policies": ["a@0/no"]}}]}
                """);

        int exit = run("replay", "--since", "PT1H", policies.resolve("a.cedar").toString());

        assertThat(exit).as(err.toString()).isEqualTo(1);
        JsonNode asked = Json.mapper().readTree(bodies.getFirst());
        assertThat(asked.path("name").asString()).isEqualTo("a");
        assertThat(asked.path("since").asString()).isEqualTo("PT1H");
        assertThat(asked.path("cedar").asString()).startsWith("permit");
        assertThat(out.toString())
                .contains("d-1", "permit by a@1/all", "deny by a@0/no", "2 replayed, 1 the same, 1 different");
    }

    @Test
    void anExplanationShowsThePoliciesAndNoControlCharacters() {
        answers.add("""
                {"decision": "d-1", "at": "2026-11-20T12:00:00Z", "kind": "exchange.denied", "outcome": "denied",
                 "reason": "policy_forbidden", "agent": "x\\u001b[2J\\u009b\\u202e", "steps": [], "rulings":
                 [{"tool": "t", "actions": ["read"], "effect": "deny", "reason": "forbidden",
                   "policies": [{"id": "a@1/no", "cedar": "forbid(principal, action, resource);"}], "lifted": [], "observed": []}]}
                """);

        int exit = run("explain", "d-1");

        assertThat(exit).as(err.toString()).isZero();
        assertThat(paths).containsExactly("GET /admin/v1/decisions/d-1");
        assertThat(out.toString())
                .contains("reason: policy_forbidden", "by a@1/no", "forbid(principal, action, resource);")
                .contains("agent: x\\u{1b}[2J\\u{9b}\\u{202e}")
                .doesNotContain("\u001b", "\u009b", "\u202e");
    }

    @Test
    void aVersionIsPutInForceWithAReason() {
        answers.add("{\"name\": \"a\", \"version\": 3}");

        int exit = run("activate", "a", "3", "--reason", "4 was wrong");

        assertThat(exit).as(err.toString()).isZero();
        assertThat(paths).containsExactly("POST /admin/v1/policies/a/activate");
        assertThat(Json.mapper().readTree(bodies.getFirst()).path("reason").asString())
                .isEqualTo("4 was wrong");
        assertThat(run("activate", "a", "3")).isEqualTo(2);
    }

    private int run(String... line) {
        List<String> all = new ArrayList<>(List.of(line));
        all.add(0, "policy");
        all.addAll(2, List.of("--data", directory.toString()));
        return ErrandCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
    }

    private void answer(HttpExchange exchange) throws IOException {
        bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        paths.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
        byte[] answer = answers.remove().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }

    private static HttpServer server() {
        try {
            return HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
