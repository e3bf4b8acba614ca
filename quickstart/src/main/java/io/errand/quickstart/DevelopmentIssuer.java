package io.errand.quickstart;

import com.sun.net.httpserver.HttpServer;
import io.errand.api.Json;
import io.errand.cli.DevelopmentKey;
import io.errand.cli.DevelopmentTokens;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;

/** Two OIDC issuers on loopback, one for workloads and one for people: discovery and key set. Tokens are made from the key. */
final class DevelopmentIssuer implements AutoCloseable {

    private final HttpServer server;
    private final DevelopmentTokens tokens;

    private DevelopmentIssuer(HttpServer server, DevelopmentTokens tokens) {
        this.server = server;
        this.tokens = tokens;
    }

    static DevelopmentIssuer start(DevelopmentKey key, int port) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        String base = "http://127.0.0.1:" + server.getAddress().getPort();
        DevelopmentTokens tokens = new DevelopmentTokens(key, base, Clock.systemUTC());
        for (String issuer : List.of(tokens.workloads(), tokens.people())) {
            answer(server, issuer + "/.well-known/openid-configuration", discovery(issuer));
            answer(server, issuer + "/jwks", Map.of("keys", List.of(key.publicJwk())));
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        return new DevelopmentIssuer(server, tokens);
    }

    DevelopmentTokens tokens() {
        return tokens;
    }

    private static Map<String, Object> discovery(String issuer) {
        return Map.of(
                "issuer", issuer,
                "jwks_uri", issuer + "/jwks",
                "response_types_supported", List.of("id_token"),
                "subject_types_supported", List.of("public"),
                "id_token_signing_alg_values_supported", List.of("ES256"));
    }

    private static void answer(HttpServer server, String url, Map<String, Object> body) {
        byte[] bytes = Json.mapper().writeValueAsBytes(body);
        String path = URI.create(url).getPath();
        server.createContext(path, exchange -> {
            boolean found = exchange.getRequestURI().getPath().equals(path)
                    && exchange.getRequestMethod().equals("GET");
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(found ? 200 : 404, found ? bytes.length : -1);
            try (var out = exchange.getResponseBody()) {
                if (found) {
                    out.write(bytes);
                }
            }
        });
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
