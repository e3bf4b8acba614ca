package io.errand.quickstart.demo;

import io.errand.api.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** A Vault as its administrator uses it. What the demo makes there it takes away again. */
final class DemoVault implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final String address;
    private final String token;
    private final @Nullable Process server;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Deque<Undo> made = new ArrayDeque<>();

    private record Undo(
            String method, String path, @Nullable Map<String, ?> body) {}

    /** @param server stopped when this is closed; null: somebody else's */
    DemoVault(String address, String token, @Nullable Process server) {
        this.address = address;
        this.token = token;
        this.server = server;
    }

    /** @param body an empty object where the answer had none */
    record Answer(int status, JsonNode body) {

        boolean done() {
            return status / 100 == 2;
        }

        /** Vault says itself that it knows no such thing; that one may not ask has other words. */
        boolean isUnknown(String what) {
            return !done() && body.path("errors").toString().contains("invalid " + what);
        }

        @Override
        public String toString() {
            return status + " " + body.path("errors");
        }
    }

    String address() {
        return address;
    }

    /** One call; {@code body} null: none. */
    Answer call(String method, String path, @Nullable Map<String, ?> body) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(address + "/v1/" + path))
                .header("X-Vault-Token", token)
                .timeout(TIMEOUT)
                .method(
                        method,
                        body == null
                                ? BodyPublishers.noBody()
                                : BodyPublishers.ofByteArray(Json.mapper().writeValueAsBytes(body)))
                .build();
        try {
            var response = http.send(request, BodyHandlers.ofByteArray());
            return new Answer(
                    response.statusCode(),
                    response.body().length == 0
                            ? JsonNodeFactory.instance.objectNode()
                            : Json.mapper().readTree(response.body()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** The same where anything but success is a fault of the set-up. */
    JsonNode done(String method, String path, @Nullable Map<String, ?> body) throws IOException {
        Answer answer = call(method, path, body);
        if (!answer.done()) {
            throw new IOException("Vault: " + method + " " + path + ": " + answer);
        }
        return answer.body();
    }

    /** Writes something that is taken away at the end. */
    void make(String path, Map<String, ?> body) throws IOException {
        done("POST", path, body);
        made.push(new Undo("DELETE", path, null));
    }

    /** A token that nobody's token is the parent of, revoked at the end. */
    String orphan(Map<String, ?> body) throws IOException {
        JsonNode auth = done("POST", "auth/token/create-orphan", body).path("auth");
        Map<String, String> accessor = Map.of("accessor", auth.path("accessor").asString());
        made.push(new Undo("POST", "auth/token/revoke-accessor", accessor));
        return auth.path("client_token").asString();
    }

    List<String> list(String path) throws IOException {
        return call("LIST", path, null)
                .body()
                .path("data")
                .path("keys")
                .valueStream()
                .map(JsonNode::asString)
                .toList();
    }

    /** The newest first; a server that ends forgets by itself. */
    @Override
    public void close() throws IOException {
        if (server != null) {
            stop(server);
            return;
        }
        while (!made.isEmpty()) {
            Undo last = made.pop();
            done(last.method, last.path, last.body);
        }
    }

    private static void stop(Process server) {
        server.destroy();
        server.onExit()
                .completeOnTimeout(server, 5, java.util.concurrent.TimeUnit.SECONDS)
                .join();
        server.destroyForcibly();
    }
}
