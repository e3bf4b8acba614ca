package io.errand.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.errand.api.Json;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** The token endpoint of an issuer where people sign in: a code is worth an ID token once, to who knows the verifier (RFC 7636). */
public final class AuthorizationCodes {

    /** The parameters of an authorization request. */
    public record Asked(Map<String, String> parameters) {

        public String get(String name) {
            return Objects.requireNonNull(parameters.get(name), name);
        }
    }

    private record Code(String challenge, String body) {}

    private final Map<String, Code> codes = new ConcurrentHashMap<>();

    void serve(HttpServer server) {
        server.createContext("/token", this::redeem);
    }

    /** @param asked the parameters of the authorization request */
    public String code(Asked asked, String idToken) {
        return codeWithAnswer(
                asked,
                Json.mapper()
                        .writeValueAsString(Map.of(
                                "access_token", "good-for-nothing", "token_type", "Bearer", "id_token", idToken)));
    }

    /** @param body what the token endpoint will answer */
    public String codeWithAnswer(Asked asked, String body) {
        String code = UUID.randomUUID().toString();
        codes.put(code, new Code(asked.get("code_challenge"), body));
        return code;
    }

    private void redeem(HttpExchange exchange) throws IOException {
        Map<String, String> form =
                parameters(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        Code code = codes.remove(form.getOrDefault("code", ""));
        boolean proven = "authorization_code".equals(form.get("grant_type"))
                && form.containsKey("client_id")
                && !form.containsKey("client_secret")
                && !exchange.getRequestHeaders().containsKey("Authorization")
                && form.containsKey("redirect_uri")
                && code != null
                && code.challenge().equals(s256(form.getOrDefault("code_verifier", "")));
        byte[] answer = (proven && code != null ? code.body() : "{\"error\":\"invalid_grant\"}")
                .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(proven ? 200 : 400, answer.length);
        try (var out = exchange.getResponseBody()) {
            out.write(answer);
        }
    }

    static Map<String, String> parameters(String encoded) {
        return Arrays.stream(encoded.split("&"))
                .map(one -> one.split("=", 2))
                .collect(Collectors.toMap(one -> decode(one[0]), one -> one.length > 1 ? decode(one[1]) : ""));
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private static String s256(String verifier) {
        try {
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(
                            MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
