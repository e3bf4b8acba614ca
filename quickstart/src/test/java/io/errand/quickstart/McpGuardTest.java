package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.api.Json;
import io.errand.cli.ApplyCommand;
import io.errand.cli.BrokerClient;
import io.errand.cli.DevelopmentTokens;
import io.errand.quickstart.pages.Page;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ReadResourceRequest;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.TextResourceContents;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.io.File;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The SDK's client talks to a server made with the SDK, {@code examples/mcp}, through {@code errand mcp-guard}. */
class McpGuardTest {

    private static final Path EXAMPLE = Path.of("..", "examples", "mcp");
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path data;

    @SuppressWarnings("NullAway.Init")
    private static LocalBroker broker;

    @SuppressWarnings("NullAway.Init")
    private String purpose;

    @BeforeAll
    static void serve() {
        broker = new LocalBroker(DataDirectory.take(data), Ports.free());
        Served.start(broker);
        assertThat(ApplyCommand.apply(List.of(EXAMPLE), broker::client, line -> {}))
                .isEmpty();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void named(TestInfo test) {
        purpose = test.getDisplayName();
    }

    @Test
    void aClientNoticesNothingUntilACallIsDenied() throws Exception {
        BigDecimal before = amount(1003);
        try (McpSyncClient client = connect(guard(broker.url()))) {
            assertThat(client.getServerInfo().name()).isEqualTo("orders");
            assertThat(client.getServerCapabilities().resources()).isNotNull();
            client.ping();
            assertThat(client.readResource(
                                    ReadResourceRequest.builder("orders://help").build())
                            .contents())
                    .singleElement()
                    .isInstanceOfSatisfying(
                            TextResourceContents.class,
                            help -> assertThat(help.text()).isEqualTo("Orders have an id. ✓"));
            assertThat(text(call(client, "list_orders", Map.of()))).contains("1003 Northwind Paper");
            call(client, "correct_order", Map.of("id", 1001));
            assertThat(call(client, "correct_order", Map.of("id", 4711)).isError())
                    .isTrue();

            CallToolResult denied = call(client, "correct_order", Map.of("id", 1003));

            assertThat(denied.isError()).isTrue();
            assertThat(text(denied)).isEqualTo("Denied: No more than two corrections in one task.");
            assertThat(denied.meta()).containsKey("io.errand/decision");
            assertThat(amount(1003)).isEqualByComparingTo(before);
            assertThat(call(client, "list_orders", Map.of()).isError()).isNotEqualTo(true);
        }

        assertThat(ended().path("state").asString()).isEqualTo("completed");
        assertThat(ended().path("outcome").asString()).isEqualTo("succeeded");
        assertThat(outcomes()).containsExactlyInAnyOrder("succeeded", "succeeded", "failed", "succeeded");
    }

    @Test
    void whatTheTaskMayNotIsNeitherShownNorDone() throws Exception {
        try (McpSyncClient client = connect(guard(broker.url()))) {
            assertThat(client.listTools().tools())
                    .extracting(Tool::name)
                    .containsExactlyInAnyOrder("list_orders", "correct_order");

            CallToolResult denied = call(client, "delete_order", Map.of("id", 1004));
            CallToolResult unknown = call(client, "drop_everything", Map.of());

            assertThat(denied.isError()).isTrue();
            assertThat(text(denied)).startsWith("Denied: ");
            assertThat(text(unknown)).isEqualTo("Denied: this task has no such tool.");
            assertThat(amount(1004)).isPositive();
        }
    }

    @Test
    void withoutABrokerNothingIsDone() throws Exception {
        try (CutLine line = new CutLine(URI.create(broker.url()));
                McpSyncClient client = connect(guard(line.url()))) {
            assertThat(call(client, "list_orders", Map.of()).isError()).isNotEqualTo(true);

            line.cut();

            CallToolResult denied = call(client, "list_orders", Map.of());
            assertThat(denied.isError()).isTrue();
            assertThat(text(denied)).isEqualTo("Denied: no decision could be had, so this was not done.");
            client.ping();
        }
    }

    /** What the page has in a client's configuration, with what is here in the place of what it names. */
    private ServerParameters guard(String url) throws IOException {
        JsonNode shown = Json.mapper()
                .readTree(Page.block("docs/mcp.md", "configuration")
                        .replace("https://errand.example", url)
                        .replace("/etc/orders/", EXAMPLE + "/")
                        .replace("/opt/orders/OrdersServer.java", EXAMPLE + "/OrdersServer.java")
                        .replace("/opt/orders/*", libraries())
                        .replace("/var/run/secrets/errand/token", token().toString()))
                .path("mcpServers")
                .path("orders");
        List<String> arguments = new ArrayList<>(
                shown.path("args").valueStream().map(JsonNode::asString).toList());
        arguments.addAll(1, List.of("--purpose", purpose));
        return ServerParameters.builder(
                        path().resolve(shown.path("command").asString()).toString())
                .args(arguments)
                .env(Map.of(
                        "ERRAND_URL",
                        shown.path("env").path("ERRAND_URL").asString(),
                        "PATH",
                        path() + ":" + Path.of(System.getProperty("java.home"), "bin") + ":" + System.getenv("PATH")))
                .build();
    }

    /** Where the client finds the command. */
    private static Path path() throws IOException {
        Path errand = data.resolve("errand");
        if (!Files.exists(errand)) {
            Files.writeString(
                    errand,
                    "#!/bin/sh\nexec java -XX:TieredStopAtLevel=1 -Xshare:auto -cp '"
                            + System.getProperty("java.class.path") + "' " + Main.class.getName() + " \"$@\"\n");
            Files.setPosixFilePermissions(errand, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        return data;
    }

    /** Logback's own default is everything to standard output. */
    private static String libraries() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("logback"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static Path token() throws IOException {
        DevelopmentTokens tokens = broker.tokens();
        return Files.writeString(
                data.resolve("token"),
                tokens.token(
                        tokens.workloads(), "order-desk", DevelopmentTokens.AUDIENCE, Duration.ofMinutes(2), Map.of()));
    }

    private static McpSyncClient connect(ServerParameters server) {
        StdioClientTransport transport = new StdioClientTransport(server, McpJsonDefaults.getMapper());
        McpSyncClient client = McpClient.sync(transport)
                .initializationTimeout(PATIENCE)
                .requestTimeout(PATIENCE)
                .build();
        client.initialize();
        return client;
    }

    private static CallToolResult call(McpSyncClient client, String tool, Map<String, Object> arguments) {
        return client.callTool(
                CallToolRequest.builder(tool).arguments(arguments).build());
    }

    private static String text(CallToolResult result) {
        return ((TextContent) result.content().getFirst()).text();
    }

    private JsonNode ended() {
        return await("the task to end")
                .atMost(Duration.ofSeconds(30))
                .until(this::task, task -> !task.path("state").asString().equals("active"));
    }

    private JsonNode task() {
        return items("/admin/v1/tasks?agent=order-desk&limit=100").stream()
                .filter(task -> task.path("purpose").asString("").equals(purpose))
                .findFirst()
                .orElseThrow();
    }

    private List<String> outcomes() {
        return items("/admin/v1/audit?task=" + task().path("id").asString() + "&limit=100").stream()
                .filter(event -> event.path("kind").asString("").equals("evaluation.closed"))
                .map(event -> event.path("outcome").asString(""))
                .toList();
    }

    private static List<JsonNode> items(String path) {
        BrokerClient.Answer answer = broker.client().get(path);
        assertThat(answer.isSuccess()).as(answer.refusal()).isTrue();
        return List.copyOf(answer.body().path("items").values());
    }

    private static BigDecimal amount(int order) throws SQLException {
        try (var connection = broker.database().orElseThrow().connect(EmbeddedDatabase.TARGET);
                var query = connection.prepareStatement("SELECT amount FROM orders WHERE id = ?")) {
            query.setInt(1, order);
            try (var rows = query.executeQuery()) {
                assertThat(rows.next()).isTrue();
                return rows.getBigDecimal(1);
            }
        }
    }
}
