package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.errand.quickstart.pages.Page;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ClientCapabilities;
import io.modelcontextprotocol.spec.McpSchema.CreateMessageResult;
import io.modelcontextprotocol.spec.McpSchema.ElicitResult;
import io.modelcontextprotocol.spec.McpSchema.GetPromptRequest;
import io.modelcontextprotocol.spec.McpSchema.Prompt;
import io.modelcontextprotocol.spec.McpSchema.ReadResourceRequest;
import io.modelcontextprotocol.spec.McpSchema.Resource;
import io.modelcontextprotocol.spec.McpSchema.Role;
import io.modelcontextprotocol.spec.McpSchema.Root;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.io.IOException;
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

/** The same over streamable HTTP: the guard shows the server the task's token, and the client has none. */
class McpGuardOverHttpTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path data;

    @SuppressWarnings("NullAway.Init")
    private static LocalBroker broker;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private final Queue<String> logged = new ConcurrentLinkedQueue<>();

    @SuppressWarnings("NullAway.Init")
    private NotesServer notes;

    @SuppressWarnings("NullAway.Init")
    private GuardedHttp guard;

    @BeforeAll
    static void serve() throws IOException {
        broker = GuardedHttp.serve(data);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void guarded() throws Exception {
        notes = new NotesServer(folder);
        guard = new GuardedHttp(broker, folder, notes.url());
    }

    @AfterEach
    void ended() throws Exception {
        guard.close();
        notes.close();
    }

    @Test
    void aClientNoticesNothingUntilACallIsDenied() throws Exception {
        try (McpSyncClient client = connect(guard.url())) {
            assertThat(client.getServerInfo().name()).isEqualTo("notes");
            assertThat(client.listTools().tools())
                    .extracting(Tool::name)
                    .containsExactlyInAnyOrder("list", "add", "ask");
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

        guard.end();

        assertThat(guard.task().path("state").asString()).isEqualTo("completed");
        assertThat(guard.outcomes()).containsExactly("succeeded");
    }

    @Test
    void theServerMayAskTheClientWhileACallIsUnderWay() throws Exception {
        try (McpSyncClient client = connect(guard.url())) {
            assertThat(text(call(client, "ask"))).isEqualTo("file:///notes a haiku accept");
        }

        guard.end();

        assertThat(guard.outcomes()).containsExactly("succeeded");
    }

    @Test
    void theServerSeesTheTasksTokenAndTheClientCannotDoWithoutTheGuard() {
        try (McpSyncClient client = connect(guard.url())) {
            call(client, "list");
            assertThat(notes.lastBearer()).startsWith("Bearer ey");
        }
        assertThatThrownBy(() -> connect(notes.url().replace("/mcp", "")));
    }

    @Test
    void withoutABrokerNothingIsDone() {
        try (McpSyncClient client = connect(guard.url())) {
            guard.line().cut();

            assertThat(text(call(client, "list"))).isEqualTo("Denied: no decision could be had, so this was not done.");
            assertThat(notes.called()).isEmpty();
            client.ping();
        }
    }

    @Test
    void aMapNamesMoreThanTools() throws Exception {
        guard.close();
        Path map = Files.writeString(folder.resolve("notes.map"), Page.block("docs/mcp.md", "map"));
        guard = new GuardedHttp(broker, folder, notes.url(), "--map-file", map.toString());
        try (McpSyncClient client = connect(guard.url())) {
            assertThat(client.listTools().tools()).extracting(Tool::name).containsExactly("add_note");
            assertThat(client.listPrompts().prompts()).extracting(Prompt::name).containsExactly("sum-up");
            assertThat(client.listResources().resources())
                    .extracting(Resource::uri)
                    .containsExactly("notes://open/1");
            client.getPrompt(GetPromptRequest.builder("sum-up").build());
            client.readResource(ReadResourceRequest.builder("notes://open/1").build());

            assertThat(text(call(client, "add_note"))).isEqualTo("Denied: Nothing is added here.");
            assertThatThrownBy(() ->
                            client.getPrompt(GetPromptRequest.builder("forget").build()))
                    .hasMessageContaining("Denied");
            assertThatThrownBy(() -> client.readResource(
                            ReadResourceRequest.builder("notes://sealed/1").build()))
                    .hasMessageContaining("Denied");
        }
        guard.initialize();
        assertThat(guard.post("{'jsonrpc':'2.0','id':7,'method':'vendor/sync','params':{}}")
                        .body())
                .contains("Nothing is added here.");

        guard.end();

        assertThat(guard.outcomes()).containsExactly("succeeded", "succeeded");
    }

    private McpSyncClient connect(String url) {
        McpSyncClient client = McpClient.sync(HttpClientStreamableHttpTransport.builder(url)
                        .endpoint("/mcp")
                        .build())
                .initializationTimeout(PATIENCE)
                .requestTimeout(PATIENCE)
                .loggingConsumer(message -> logged.add(message.data()))
                .capabilities(ClientCapabilities.builder()
                        .roots(true)
                        .sampling()
                        .elicitation()
                        .build())
                .roots(Root.builder("file:///notes").build())
                .sampling(asked -> CreateMessageResult.builder(Role.ASSISTANT, "a haiku", "test")
                        .build())
                .elicitation(asked -> ElicitResult.builder(ElicitResult.Action.ACCEPT)
                        .content(Map.of())
                        .build())
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
}
