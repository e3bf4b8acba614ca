import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Does what an agent's model might ask for, by the MCP server whose command is given; then tries the same without the guard. */
class Agent {

    public static void main(String[] command) {
        List<String> guarded = Arrays.asList(command);
        System.out.println("With the guard");
        try (McpSyncClient server = connect(guarded)) {
            System.out.println("  tools: "
                    + server.listTools().tools().stream().map(Tool::name).toList());
            call(server, "list_orders", Map.of());
            for (int id = 1001; id <= 1003; id++) {
                call(server, "correct_order", Map.of("id", id));
            }
            call(server, "delete_order", Map.of("id", 1001));
        }
        System.out.println("Around the guard");
        try (McpSyncClient server = connect(guarded.subList(guarded.lastIndexOf("--") + 1, guarded.size()))) {
            call(server, "delete_order", Map.of("id", 1001));
        }
    }

    private static McpSyncClient connect(List<String> command) {
        McpSyncClient client = McpClient.sync(new StdioClientTransport(
                        ServerParameters.builder(command.get(0))
                                .args(command.subList(1, command.size()))
                                .env(System.getenv())
                                .build(),
                        McpJsonDefaults.getMapper()))
                .initializationTimeout(Duration.ofMinutes(1))
                .requestTimeout(Duration.ofMinutes(1))
                .build();
        client.initialize();
        return client;
    }

    private static void call(McpSyncClient server, String tool, Map<String, Object> arguments) {
        CallToolResult result =
                server.callTool(CallToolRequest.builder(tool).arguments(arguments).build());
        String text = ((TextContent) result.content().get(0)).text().strip().replace("\n", "; ");
        System.out.println("  " + tool + " " + arguments + (Boolean.TRUE.equals(result.isError()) ? " ✗ " : " ✓ ") + text);
    }
}
