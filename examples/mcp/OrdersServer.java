import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpServerFeatures.SyncResourceSpecification;
import io.modelcontextprotocol.server.transport.StdioServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ReadResourceResult;
import io.modelcontextprotocol.spec.McpSchema.Resource;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;
import io.modelcontextprotocol.spec.McpSchema.TextResourceContents;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** An MCP server as anybody writes one: it knows a database and nothing of Errand but the names of three variables. */
class OrdersServer {

    private static final Map<String, Object> NO_ARGUMENTS = Map.of("type", "object", "properties", Map.of());
    private static final Map<String, Object> AN_ORDER = Map.of(
            "type",
            "object",
            "properties",
            Map.of("id", Map.of("type", "integer")),
            "required",
            List.of("id"));

    private interface Query {
        String of(Connection database) throws SQLException;
    }

    public static void main(String[] arguments) {
        PrintStream messages = System.out;
        System.setOut(System.err); // nothing but messages may go to standard output
        McpServer.sync(new StdioServerTransportProvider(McpJsonDefaults.getMapper(), System.in, messages))
                .serverInfo("orders", "1.0")
                .capabilities(ServerCapabilities.builder()
                        .tools(true)
                        .resources(false, false)
                        .logging()
                        .build())
                .toolCall(
                        Tool.builder("list_orders", NO_ARGUMENTS)
                                .description("All orders")
                                .build(),
                        (exchange, call) -> answer(OrdersServer::list))
                .toolCall(
                        Tool.builder("correct_order", AN_ORDER)
                                .description("Doubles an order's amount")
                                .build(),
                        (exchange, call) -> answer(database -> change(
                                database,
                                "UPDATE orders SET amount = amount * 2 WHERE id = ?",
                                call.arguments().get("id"))))
                .toolCall(
                        Tool.builder("delete_order", AN_ORDER)
                                .description("Deletes an order")
                                .build(),
                        (exchange, call) -> answer(database -> change(
                                database,
                                "DELETE FROM orders WHERE id = ?",
                                call.arguments().get("id"))))
                .resources(new SyncResourceSpecification(
                        Resource.builder("orders://help", "help")
                                .mimeType("text/plain")
                                .build(),
                        (exchange, read) -> ReadResourceResult.builder(
                                        List.of(TextResourceContents.builder(read.uri(), "Orders have an id. ✓")
                                                .build()))
                                .build()))
                .build();
    }

    private static CallToolResult answer(Query query) {
        String url = System.getenv("ERRAND_ORDERS_DESK_JDBC_URL");
        if (url == null) {
            return error("This server has no credential for its database.");
        }
        try (Connection database = DriverManager.getConnection(
                url, System.getenv("ERRAND_ORDERS_DESK_USERNAME"), System.getenv("ERRAND_ORDERS_DESK_PASSWORD"))) {
            return CallToolResult.builder().addTextContent(query.of(database)).build();
        } catch (SQLException e) {
            return error("The database says: " + e.getMessage());
        }
    }

    private static CallToolResult error(String text) {
        return CallToolResult.builder().addTextContent(text).isError(true).build();
    }

    private static String list(Connection database) throws SQLException {
        StringBuilder lines = new StringBuilder();
        try (PreparedStatement query = database.prepareStatement("SELECT id, customer, amount FROM orders ORDER BY id");
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                lines.append(rows.getInt(1) + " " + rows.getString(2) + " " + rows.getBigDecimal(3) + "\n");
            }
        }
        return lines.toString();
    }

    private static String change(Connection database, String sql, Object id) throws SQLException {
        try (PreparedStatement statement = database.prepareStatement(sql)) {
            statement.setInt(1, Integer.parseInt(id.toString()));
            int rows = statement.executeUpdate();
            if (rows == 0) {
                throw new SQLException("there is no order " + id);
            }
            return rows + " changed";
        }
    }
}
