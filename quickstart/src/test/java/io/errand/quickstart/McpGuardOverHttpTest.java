package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.errand.cli.ApplyCommand;
import io.errand.cli.DevelopmentTokens;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The same over streamable HTTP: the guard shows the server the task's token, and the client has none. */
class McpGuardOverHttpTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String RESOURCES = """
            kind: Tool
            name: notes
            backend: jwt
            actions: [list, add, purge]
            kinds: {list: read, add: write, purge: write}
            sensitivity: internal
            environment: staging
            config:
              audience: https://notes.example
            ---
            kind: Agent
            name: note-taker
            owner: notes-team@example.com
            purpose: Take notes
            identities:
              - issuer: dev-workloads
                subject: note-taker
            task_types: [notes]
            tools:
              - tool: notes
                actions: [list, add]
            max_ttl: PT15M
            """;
    private static final String POLICY = """
            permit (principal == Errand::Agent::"note-taker", action, resource == Errand::Tool::"notes");
            @reason("Nothing is added here.")
            forbid (principal == Errand::Agent::"note-taker", action == Errand::Action::"use", resource)
            when { context.actions == ["add"] };
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path data;

    @SuppressWarnings("NullAway.Init")
    private static LocalBroker broker;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private final String listen = "127.0.0.1:" + Ports.any();
    private final Queue<String> logged = new ConcurrentLinkedQueue<>();

    @SuppressWarnings("NullAway.Init")
    private NotesServer notes;

    @SuppressWarnings("NullAway.Init")
    private Process guard;

    @SuppressWarnings("NullAway.Init")
    private CutLine line;

    @BeforeAll
    static void serve() throws IOException {
        broker = new LocalBroker(DataDirectory.take(data), Ports.free());
        broker.start(Map.of());
        Path resources = data.resolve("notes.yaml");
        Path policy = data.resolve("notes.cedar");
        Files.writeString(resources, RESOURCES);
        Files.writeString(policy, POLICY);
        assertThat(ApplyCommand.apply(List.of(resources, policy), broker::client, text -> {}))
                .isEmpty();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void guarded() throws Exception {
        notes = new NotesServer(folder);
        line = new CutLine(URI.create(broker.url()));
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "mcp-guard",
                        "--task",
                        "notes",
                        "--purpose",
                        listen,
                        "--tool",
                        "notes:list,add",
                        "--listen",
                        listen,
                        "--upstream",
                        notes.url(),
                        "--bearer",
                        "notes")
                .redirectError(folder.resolve("err").toFile());
        DevelopmentTokens tokens = broker.tokens();
        builder.environment().put("ERRAND_URL", line.url());
        builder.environment()
                .put(
                        "ERRAND_WORKLOAD_TOKEN",
                        tokens.token(
                                tokens.workloads(),
                                "note-taker",
                                DevelopmentTokens.AUDIENCE,
                                Duration.ofMinutes(2),
                                Map.of()));
        guard = builder.start();
        await("the guard to listen")
                .atMost(Duration.ofSeconds(30))
                .until(() -> Files.readString(folder.resolve("err")).contains("MCP at http://" + listen + "/mcp"));
    }

    @AfterEach
    void ended() throws Exception {
        guard.destroyForcibly().waitFor();
        line.close();
        notes.close();
    }

    @Test
    void aClientNoticesNothingUntilACallIsDenied() throws Exception {
        try (McpSyncClient client = connect("http://" + listen)) {
            assertThat(client.getServerInfo().name()).isEqualTo("notes");
            assertThat(client.listTools().tools()).extracting(Tool::name).containsExactlyInAnyOrder("list", "add");
            client.ping();

            assertThat(text(call(client, "list"))).isEqualTo("list done");
            CallToolResult denied = call(client, "add");
            CallToolResult hidden = call(client, "purge");

            assertThat(denied.isError()).isTrue();
            assertThat(text(denied)).isEqualTo("Denied: Nothing is added here.");
            assertThat(hidden.isError()).isTrue();
            assertThat(notes.called()).containsExactly("list");
            await("what the server said beside its result")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> List.copyOf(logged).equals(List.of("looking")));
        }

        guard.destroy();

        assertThat(guard.waitFor()).isZero();
        JsonNode task = items("/admin/v1/tasks?agent=note-taker&limit=100").stream()
                .filter(one -> one.path("purpose").asString("").equals(listen))
                .findFirst()
                .orElseThrow();
        assertThat(task.path("state").asString()).isEqualTo("completed");
        assertThat(items("/admin/v1/audit?kind=evaluation.closed&task="
                        + task.path("id").asString()))
                .extracting(event -> event.path("outcome").asString())
                .containsExactly("succeeded");
    }

    @Test
    void theServerSeesTheTasksTokenAndTheClientCannotDoWithoutTheGuard() {
        try (McpSyncClient client = connect("http://" + listen)) {
            call(client, "list");
            assertThat(notes.lastBearer()).startsWith("Bearer ey");
        }
        assertThatThrownBy(() -> connect(notes.url().replace("/mcp", "")));
    }

    @Test
    void withoutABrokerNothingIsDone() {
        try (McpSyncClient client = connect("http://" + listen)) {
            line.cut();

            assertThat(text(call(client, "list"))).isEqualTo("Denied: no decision could be had, so this was not done.");
            assertThat(notes.called()).isEmpty();
            client.ping();
        }
    }

    @Test
    void pagesInABrowserAndBatchesAreRefused() throws Exception {
        String call = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"purge\"}}";

        assertThat(post(call, "Origin", "http://attacker.example")).isEqualTo(403);
        assertThat(post("[" + call + "]", "X-Test", "batch")).isEqualTo(400);
        assertThat(notes.called()).isEmpty();
    }

    private int post(String body, String header, String value) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + listen + "/mcp"))
                    .header("Content-Type", "application/json")
                    .header("Accept", "application/json, text/event-stream")
                    .header(header, value)
                    .POST(BodyPublishers.ofString(body))
                    .build();
            return http.send(request, BodyHandlers.discarding()).statusCode();
        }
    }

    private McpSyncClient connect(String url) {
        McpSyncClient client = McpClient.sync(HttpClientStreamableHttpTransport.builder(url)
                        .endpoint("/mcp")
                        .build())
                .initializationTimeout(PATIENCE)
                .requestTimeout(PATIENCE)
                .loggingConsumer(message -> logged.add(message.data()))
                .build();
        client.initialize();
        return client;
    }

    private static CallToolResult call(McpSyncClient client, String tool) {
        return client.callTool(CallToolRequest.builder(tool).arguments(Map.of()).build());
    }

    private static String text(CallToolResult result) {
        return ((TextContent) result.content().getFirst()).text();
    }

    private static List<JsonNode> items(String path) {
        return List.copyOf(broker.client().get(path).body().path("items").values());
    }
}
