package io.errand.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.errand.api.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import tools.jackson.databind.JsonNode;

/** An admin API as the wire describes it: it keeps what it is given, and refuses on cue. */
final class AdminApi implements AutoCloseable {

    private final HttpServer server;
    private final Map<String, JsonNode> kept = new HashMap<>();
    private final Map<String, String> refusals = new HashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> queries = new CopyOnWriteArrayList<>();

    AdminApi() {
        try {
            server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/admin/v1/", this::answer);
        server.start();
    }

    BrokerClient client() {
        return new BrokerClient(URI.create(url()), () -> "token", null);
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Answers a GET of this path with this. */
    void keep(String path, String json) {
        kept.put(path, Json.mapper().readTree(json));
    }

    /** The queries so far, as they were written. */
    List<String> queries() {
        return List.copyOf(queries);
    }

    /** Answers a PUT of this path with 400 and this problem. */
    void refuse(String path, String problem) {
        refusals.put(path, problem);
    }

    /** The PUT requests so far, by their paths. */
    List<String> puts() {
        return requests.stream()
                .filter(request -> request.startsWith("PUT "))
                .map(request -> request.substring("PUT /admin/v1/".length()))
                .toList();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath().substring("/admin/v1/".length());
        requests.add(exchange.getRequestMethod() + " /admin/v1/" + path);
        String query = exchange.getRequestURI().getRawQuery();
        if (query != null) {
            queries.add(query);
        }
        JsonNode before = kept.get(path);
        if (exchange.getRequestMethod().equals("GET")) {
            send(exchange, before == null ? 404 : 200, before == null ? "{}" : before.toString());
        } else if (refusals.containsKey(path)) {
            send(exchange, 400, refusals.get(path));
        } else {
            JsonNode body = Json.mapper().readTree(exchange.getRequestBody().readAllBytes());
            kept.put(path, body);
            send(exchange, before == null ? 201 : 200, body.toString());
        }
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        try (var out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
