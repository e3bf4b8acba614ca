package io.errand.quickstart.issuer;

import com.sun.net.httpserver.HttpExchange;
import io.errand.api.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** What is answered. Nothing here is for caches: codes, tokens, and forms with a person's name. */
record Reply(int status, Map<String, String> headers, String body) {

    static Reply json(int status, Map<String, Object> members) {
        return new Reply(
                status,
                Map.of("Content-Type", "application/json"),
                Json.mapper().writeValueAsString(members));
    }

    /** @param policy the Content-Security-Policy */
    static Reply page(int status, String html, String policy) {
        // Browsers that send no referrer at all also send no origin with a form.
        return new Reply(
                status,
                Map.of(
                        "Content-Type", "text/html; charset=utf-8",
                        "Content-Security-Policy", policy,
                        "X-Frame-Options", "DENY",
                        "Referrer-Policy", "same-origin"),
                html);
    }

    static Reply seeOther(String location) {
        return new Reply(303, Map.of("Location", location, "Referrer-Policy", "no-referrer"), "");
    }

    static Reply text(int status, String sentence) {
        return new Reply(status, Map.of("Content-Type", "text/plain; charset=utf-8"), sentence + "\n");
    }

    Reply with(String header, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(header, value);
        return new Reply(status, more, body);
    }

    void send(HttpExchange exchange) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        headers.forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        boolean isShown = bytes.length > 0 && !exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, isShown ? bytes.length : -1);
        if (isShown) {
            exchange.getResponseBody().write(bytes);
        }
    }
}
