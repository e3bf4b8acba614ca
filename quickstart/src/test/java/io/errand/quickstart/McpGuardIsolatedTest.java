package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code errand mcp-guard --isolate}: the guard is outside and asks the broker, the server is inside and has its credentials alone. */
class McpGuardIsolatedTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path data;

    @SuppressWarnings("NullAway.Init")
    private static LocalBroker broker;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @SuppressWarnings("NullAway.Init")
    private Exec exec;

    @BeforeAll
    static void serve() {
        boolean there = Files.isExecutable(Path.of("/usr/bin/bwrap"));
        if (!there && "true".equals(System.getenv("ERRAND_REQUIRE_ALL"))) {
            throw new AssertionError("bubblewrap is not installed, and nothing may be skipped");
        }
        Assumptions.assumeTrue(there, "bubblewrap is not installed");
        broker = Served.quickstart(data);
    }

    @AfterAll
    static void stop() {
        if (broker != null) {
            broker.close();
        }
    }

    @BeforeEach
    void here() {
        exec = new Exec(broker, folder);
    }

    @AfterEach
    void noOrphans() {
        if (exec != null) {
            exec.close();
        }
    }

    @Test
    void theServerIsInsideAndItsCallsAreDecidedOutside() throws Exception {
        Path secret = Files.writeString(folder.resolve("token-of-the-user"), "ey.secret");
        String look = "cat " + secret + "; ls -A ~ /root; env | cut -d= -f1; cat /proc/[0-9]*/cmdline;"
                + " (exec 9<>/dev/tcp/$ERRAND_ORDERS_DB_HOST/$ERRAND_ORDERS_DB_PORT) && echo database;"
                + " (exec 9<>/dev/tcp/" + broker.url().replace("http://", "").replace(':', '/') + ") || echo no broker";
        Process guard = exec.errand(new ArrayList<>(List.of(
                "mcp-guard",
                "--isolate",
                "--task",
                "triage",
                "--purpose",
                folder.toString(),
                "--tool",
                "orders-db:read",
                "--map",
                "look=orders-db:read",
                "--",
                "bash",
                "-c",
                server(look))));

        String seen;
        try (Writer client = guard.outputWriter();
                BufferedReader answers = guard.inputReader()) {
            JsonNode hello = ask(
                    client,
                    answers,
                    1,
                    "initialize",
                    Map.of(
                            "protocolVersion",
                            "2025-06-18",
                            "capabilities",
                            Map.of(),
                            "clientInfo",
                            Map.of("name", "test", "version", "1")));
            assertThat(hello.at("/result/serverInfo/name").asString("")).isEqualTo("inside");
            JsonNode denied = ask(client, answers, 2, "tools/call", Map.of("name", "other", "arguments", Map.of()));
            assertThat(denied.at("/result/isError").asBoolean(false)).isTrue();
            seen = ask(client, answers, 3, "tools/call", Map.of("name", "look", "arguments", Map.of()))
                    .at("/result/content/0/text")
                    .asString("");
        }

        assertThat(guard.waitFor()).as(exec.said()).isZero();
        assertThat(seen).contains("ERRAND_ORDERS_DB_PASSWORD", "database", "no broker");
        assertThat(seen).doesNotContain("ey.secret", "ERRAND_WORKLOAD_TOKEN", "mcp-guard");
        JsonNode task = exec.task();
        assertThat(task.path("outcome").asString("")).isEqualTo("succeeded");
        assertThat(exec.items("/admin/v1/audit?task=" + task.path("id").asString("") + "&limit=100"))
                .filteredOn(event -> event.path("kind").asString("").equals("evaluation.closed"))
                .singleElement()
                .satisfies(
                        event -> assertThat(event.path("outcome").asString("")).isEqualTo("succeeded"));
    }

    @Test
    void aServerThatTheGuardDoesNotSpeakToByItsInputIsNotIsolated() throws Exception {
        Process guard = exec.errand(new ArrayList<>(List.of(
                "mcp-guard",
                "--isolate",
                "--task",
                "triage",
                "--tool",
                "orders-db:read",
                "--listen",
                "127.0.0.1:0",
                "--upstream",
                "http://127.0.0.1:1/mcp",
                "--",
                "true")));

        assertThat(guard.waitFor()).isEqualTo(2);
        assertThat(exec.said().lines().findFirst().orElse("")).contains("--isolate", "--upstream");
    }

    private static JsonNode ask(Writer client, BufferedReader answers, int id, String method, Map<String, ?> params)
            throws IOException {
        client.write(
                Json.mapper().writeValueAsString(Map.of("jsonrpc", "2.0", "id", id, "method", method, "params", params))
                        + "\n");
        client.flush();
        return Json.mapper().readTree(answers.readLine());
    }

    /** An MCP server in the shell, whose one tool says what it sees. */
    private static String server(String look) {
        return "while IFS= read -r line; do id=$(grep -o '\"id\":[0-9]*' <<<\"$line\" | head -n 1); case $line in"
                + " *'\"initialize\"'*) echo \"{\\\"jsonrpc\\\":\\\"2.0\\\",$id,\\\"result\\\":{\\\"protocolVersion\\\":\\\"2025-06-18\\\","
                + "\\\"capabilities\\\":{\\\"tools\\\":{}},\\\"serverInfo\\\":{\\\"name\\\":\\\"inside\\\",\\\"version\\\":\\\"1\\\"}}}\" ;;"
                + " *'\"tools/call\"'*) said=$( (" + look
                + ") 2>/dev/null | tr '\\n\\0' '  ' | tr -cd 'A-Za-z0-9_./ -' );"
                + " echo \"{\\\"jsonrpc\\\":\\\"2.0\\\",$id,\\\"result\\\":{\\\"content\\\":[{\\\"type\\\":\\\"text\\\",\\\"text\\\":\\\"$said\\\"}]}}\" ;;"
                + " esac; done";
    }
}
