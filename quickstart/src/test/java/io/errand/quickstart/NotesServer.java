package io.errand.quickstart;

import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpServerFeatures.SyncPromptSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncResourceSpecification;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.server.transport.HeaderAccessor;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.server.transport.ServerTransportSecurityException;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.CreateMessageRequest;
import io.modelcontextprotocol.spec.McpSchema.CreateMessageResult;
import io.modelcontextprotocol.spec.McpSchema.ElicitFormRequest;
import io.modelcontextprotocol.spec.McpSchema.ElicitResult;
import io.modelcontextprotocol.spec.McpSchema.GetPromptResult;
import io.modelcontextprotocol.spec.McpSchema.LoggingLevel;
import io.modelcontextprotocol.spec.McpSchema.LoggingMessageNotification;
import io.modelcontextprotocol.spec.McpSchema.Prompt;
import io.modelcontextprotocol.spec.McpSchema.PromptMessage;
import io.modelcontextprotocol.spec.McpSchema.ReadResourceResult;
import io.modelcontextprotocol.spec.McpSchema.Resource;
import io.modelcontextprotocol.spec.McpSchema.Role;
import io.modelcontextprotocol.spec.McpSchema.SamplingMessage;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.TextResourceContents;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;

/** An MCP server on streamable HTTP, made with the SDK, that serves nobody without a bearer token. */
final class NotesServer implements AutoCloseable {

    private static final Map<String, Object> NO_ARGUMENTS = Map.of("type", "object", "properties", Map.of());

    private final Tomcat tomcat = new Tomcat();
    private final McpSyncServer server;
    private final Queue<String> called = new ConcurrentLinkedQueue<>();
    private final Queue<String> bearers = new ConcurrentLinkedQueue<>();

    NotesServer(Path folder) throws LifecycleException {
        var transport = HttpServletStreamableServerTransportProvider.builder()
                .mcpEndpoint("/mcp")
                .httpHeaderValidator(this::authorize)
                .build();
        server = McpServer.sync(transport)
                .serverInfo("notes", "1.0")
                .capabilities(ServerCapabilities.builder()
                        .tools(true)
                        .prompts(false)
                        .resources(false, false)
                        .logging()
                        .build())
                .toolCall(tool("list"), (exchange, call) -> {
                    say(exchange);
                    return did("list");
                })
                .toolCall(
                        tool("ask"),
                        (exchange, call) -> CallToolResult.builder()
                                .addTextContent(ask(exchange))
                                .build())
                .toolCall(tool("add"), (exchange, call) -> did("add"))
                .toolCall(tool("purge"), (exchange, call) -> did("purge"))
                .toolCall(tool("add_note"), (exchange, call) -> did("add_note"))
                .prompts(prompt("sum-up"), prompt("forget"))
                .resources(resource("notes://open/1"), resource("notes://sealed/1"))
                .build();
        tomcat.setBaseDir(folder.toString());
        tomcat.setHostname("127.0.0.1");
        tomcat.setPort(0);
        var context = tomcat.addContext("", folder.toString());
        Tomcat.addServlet(context, "mcp", transport).setAsyncSupported(true);
        context.addServletMappingDecoded("/*", "mcp");
        tomcat.getConnector();
        tomcat.start();
    }

    private static Tool tool(String name) {
        return Tool.builder(name, NO_ARGUMENTS).build();
    }

    private static SyncPromptSpecification prompt(String name) {
        return new SyncPromptSpecification(
                Prompt.builder(name).build(),
                (exchange, asked) -> GetPromptResult.builder(List.of(PromptMessage.builder(
                                        Role.USER, TextContent.builder(name).build())
                                .build()))
                        .build());
    }

    private static SyncResourceSpecification resource(String uri) {
        return new SyncResourceSpecification(
                Resource.builder(uri, uri).build(),
                (exchange, asked) -> ReadResourceResult.builder(List.of(
                                TextResourceContents.builder(uri, "a note").build()))
                        .build());
    }

    private static void say(McpSyncServerExchange exchange) {
        exchange.loggingNotification(LoggingMessageNotification.builder(LoggingLevel.WARNING, "looking")
                .build());
    }

    /** What its answers to three requests of the server's are. */
    private static String ask(McpSyncServerExchange client) {
        CreateMessageResult said = client.createMessage(CreateMessageRequest.builder(
                        List.of(SamplingMessage.builder(
                                        Role.USER,
                                        TextContent.builder("a haiku").build())
                                .build()),
                        100)
                .build());
        ElicitResult agreed = client.createElicitation(
                ElicitFormRequest.builder("Keep it?", NO_ARGUMENTS).build());
        return client.listRoots().roots().getFirst().uri() + " " + ((TextContent) said.content()).text() + " "
                + agreed.action().name().toLowerCase(Locale.ROOT);
    }

    private CallToolResult did(String name) {
        called.add(name);
        return CallToolResult.builder().addTextContent(name + " done").build();
    }

    private void authorize(HeaderAccessor headers) throws ServerTransportSecurityException {
        String shown = String.join(" ", headers.getHeader("Authorization"));
        if (!shown.matches("Bearer [\\w-]+\\.[\\w-]+\\.[\\w-]+")) {
            throw new ServerTransportSecurityException(401, "who is this?");
        }
        bearers.add(shown);
    }

    String url() {
        return "http://127.0.0.1:" + tomcat.getConnector().getLocalPort() + "/mcp";
    }

    List<String> called() {
        return List.copyOf(called);
    }

    /** What was called since this was asked the last time. */
    List<String> takeCalled() {
        List<String> taken = called();
        called.removeAll(taken);
        return taken;
    }

    String lastBearer() {
        return List.copyOf(bearers).getLast();
    }

    @Override
    public void close() throws LifecycleException {
        server.close();
        tomcat.stop();
        tomcat.destroy();
    }
}
