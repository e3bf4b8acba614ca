package io.errand.testing;

import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.errand.api.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/**
 * A service as docs/http-backend.yaml describes it, which fails as the tool's parameter {@code fails} says: at {@code issue}
 * {@code lost}, {@code refused}, {@code busy}, {@code garbage}, {@code wide}, {@code redirect}; at {@code look} {@code stays} or {@code until}.
 */
public final class OperatorsService implements AutoCloseable {

    private final HttpServer server;
    private final Supplier<String> keys;
    private final Set<String> used = ConcurrentHashMap.newKeySet();
    private final Map<String, String> made = new ConcurrentHashMap<>();
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final List<String> strangers = new CopyOnWriteArrayList<>();
    private volatile boolean stays = true;

    /** @param keys the broker's published keys */
    public OperatorsService(Supplier<String> keys) {
        this.keys = keys;
        try {
            server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::answer);
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Leases whose credential can be used. */
    public Set<String> live() {
        return made.keySet();
    }

    /** What was called, as {@code call lease}. */
    public List<String> calls() {
        return calls;
    }

    /** Why calls were not the broker's. */
    public List<String> strangers() {
        return strangers;
    }

    /** What would not go, goes now. */
    public void yields() {
        stays = false;
    }

    /** A credential that no lease names. */
    public void makes(String lease) {
        made.put(lease, "");
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        byte[] body = exchange.getRequestBody().readAllBytes();
        try {
            check(exchange, path, body);
        } catch (Exception e) {
            strangers.add(path + ": " + e);
            send(exchange, 401, "application/problem+json", "{\"made\":false,\"detail\":\"a stranger\"}");
            return;
        }
        JsonNode asked = Json.mapper().readTree(body);
        String lease = asked.path("lease_id").asString("");
        calls.add(path.substring(1) + " " + lease);
        String fails = asked.path("parameters").path("fails").asString("");
        switch (path) {
            case "/check" ->
                json(
                        exchange,
                        asked.path("parameters").has("wrong")
                                ? "{\"problems\":[{\"member\":\"wrong\",\"detail\":\"There is no such member.\"}]}"
                                : "{\"problems\":[]}");
            case "/issue" -> issue(exchange, lease, fails);
            case "/destroy" -> {
                if (!(fails.equals("stays") && stays)) {
                    made.remove(lease);
                }
                json(exchange, "{}");
            }
            case "/look" -> look(exchange, lease, fails);
            case "/list" ->
                json(
                        exchange,
                        Json.mapper()
                                .writeValueAsString(Map.of(
                                        "credentials",
                                        made.keySet().stream()
                                                .map(one -> Map.of("lease_id", one))
                                                .toList())));
            default -> send(exchange, 404, "text/plain", "nothing");
        }
    }

    private void issue(HttpExchange exchange, String lease, String fails) throws IOException {
        if (fails.equals("refused") || fails.equals("busy")) {
            send(
                    exchange,
                    fails.equals("refused") ? 422 : 503,
                    "application/problem+json",
                    "{\"made\":false,\"detail\":\"the installation is gone\",\"retry_after\":7}");
            return;
        }
        made.put(lease, "");
        String end = Instant.now().plusSeconds(3600).toString();
        switch (fails) {
            case "lost" -> exchange.close();
            case "garbage" -> send(exchange, 200, "application/json", "{\"valid_until\":\"soon\"}");
            case "html" -> send(exchange, 200, "text/html", "<p>secret</p>");
            case "error" -> send(exchange, 500, "application/problem+json", "{\"detail\":\"it is not known\"}");
            case "redirect" -> {
                exchange.getResponseHeaders().add("Location", url() + "/issue");
                send(exchange, 307, "application/json", "{}");
            }
            case "twice" ->
                json(
                        exchange,
                        "{\"valid_until\":\"" + end + "\",\"data\":{\"token\":\"a\"},\"secrets\":{\"token\":\"b\"}}");
            default ->
                json(
                        exchange,
                        "{\"reference\":\"r-" + lease + "\",\"valid_until\":\"" + end
                                + "\",\"data\":{\"username\":\"x-access-token\"},\"secrets\":{\"token\":\"ghs_" + lease
                                + "\"}}");
        }
    }

    private void look(HttpExchange exchange, String lease, String fails) throws IOException {
        if (made.containsKey(lease)) {
            json(exchange, "{\"state\":\"present\",\"statement\":\"it answers\"}");
        } else if (fails.equals("silent")) {
            json(exchange, "{\"state\":\"absent\"}");
        } else {
            json(exchange, "{\"state\":\"absent\",\"statement\":\"The API answers it with 401.\"}");
        }
    }

    /** As the contract says; the exception tells why not. */
    private void check(HttpExchange exchange, String path, byte[] body) throws Exception {
        JWSObject jws = JWSObject.parse(
                exchange.getRequestHeaders().getFirst("Authorization").substring("Bearer ".length()));
        JsonNode claims = Json.mapper().readTree(jws.getPayload().toBytes());
        long now = Instant.now().getEpochSecond();
        require(jws.getHeader().getType().getType().equals("client-authentication+jwt"), "typ");
        require(
                jws.verify(new ECDSAVerifier(JWKSet.parse(keys.get())
                        .getKeyByKeyId(jws.getHeader().getKeyID())
                        .toECKey())),
                "signature");
        require(
                claims.path("iss").asString().equals(BrokerTest.ISSUER)
                        && claims.path("sub").asString().equals(BrokerTest.ISSUER),
                "iss");
        require(claims.path("aud").asString().equals(url()), "aud");
        require(claims.path("htu").asString().equals(url() + path), "htu");
        require(claims.path("exp").asLong() > now && claims.path("exp").asLong() <= now + 61, "exp");
        require(
                claims.path("body_sha256")
                        .asString()
                        .equals(Base64.getUrlEncoder()
                                .withoutPadding()
                                .encodeToString(
                                        MessageDigest.getInstance("SHA-256").digest(body))),
                "body_sha256");
        require(used.add(claims.path("jti").asString()), "jti");
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException(what);
        }
    }

    private static void json(HttpExchange exchange, String body) throws IOException {
        send(exchange, 200, "application/json", body);
    }

    private static void send(HttpExchange exchange, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
