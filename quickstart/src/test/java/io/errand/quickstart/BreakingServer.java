package io.errand.quickstart;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;

/**
 * An MCP server on streamable HTTP whose streams break before the answer, which comes when the stream is taken up again. With
 * {@code X-Answer}, a status is all of its answer.
 */
final class BreakingServer implements AutoCloseable {

    private final HttpServer server;
    private final Queue<String> seen = new ConcurrentLinkedQueue<>();

    BreakingServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/mcp", this::handle);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/mcp";
    }

    /** Methods, and how bodies were said to be written. */
    Queue<String> seen() {
        return seen;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String status = exchange.getRequestHeaders().getFirst("X-Answer");
            String last = exchange.getRequestHeaders().getFirst("Last-Event-ID");
            seen.add(exchange.getRequestMethod() + " "
                    + exchange.getRequestHeaders().getFirst("Content-Type") + " "
                    + exchange.getRequestHeaders().getFirst("Content-Encoding"));
            if (status != null) {
                exchange.sendResponseHeaders(Integer.parseInt(status), -1);
            } else if (body.contains("\"initialize\"")) {
                exchange.getResponseHeaders().set("Mcp-Session-Id", "one");
                say(exchange, "application/json", "{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{}}");
            } else if (body.contains("tools/call")) {
                say(
                        exchange,
                        "text/event-stream",
                        ": hello\r\nid: 1\r\ndata:\r\n\r\nid: 2\rdata: {\"jsonrpc\":\"2.0\",\r"
                                + "data: \"id\":7,\"method\":\"roots/list\"}\r\r");
            } else if (last != null) {
                say(
                        exchange,
                        "text/event-stream",
                        "id: 3\ndata: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"after\":" + last + "}}\n\n");
            } else {
                exchange.sendResponseHeaders(202, -1);
            }
        }
    }

    private static void say(HttpExchange exchange, String type, String text) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(200, 0);
        exchange.getResponseBody().write(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
