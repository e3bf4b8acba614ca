package io.errand.quickstart.issuer;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parameters, of a query or of a form, or why they cannot be read. */
sealed interface Sent {

    int MOST_BYTES = 8 * 1024;

    /**
     * @param values of which an empty one counts as left out (RFC 6749 §3.1)
     * @param repeated names that came more than once, which must not be
     */
    record Form(Map<String, String> values, Set<String> repeated) implements Sent {

        @Nullable
        String get(String name) {
            return values.get(name);
        }

        String text(String name) {
            return values.getOrDefault(name, "");
        }

        boolean has(String name) {
            return values.containsKey(name);
        }

        boolean is(String name, String value) {
            return value.equals(values.get(name)) && !repeated.contains(name);
        }

        /** One of the values may be a password, a code or a verifier. */
        @Override
        public String toString() {
            return "Form" + values.keySet();
        }
    }

    record Unreadable(int status, String why) implements Sent {}

    static Sent query(HttpExchange exchange) {
        String query = exchange.getRequestURI().getRawQuery();
        return query != null && query.length() > MOST_BYTES
                ? new Unreadable(414, "The address is too long.")
                : parse(query == null ? "" : query);
    }

    static Sent body(HttpExchange exchange) throws IOException {
        String type = exchange.getRequestHeaders().getFirst("Content-Type");
        if (type == null
                || !type.split(";", 2)[0]
                        .strip()
                        .toLowerCase(Locale.ROOT)
                        .equals("application/x-www-form-urlencoded")) {
            return new Unreadable(415, "The body must be application/x-www-form-urlencoded.");
        }
        byte[] bytes = exchange.getRequestBody().readNBytes(MOST_BYTES + 1);
        return bytes.length > MOST_BYTES
                ? new Unreadable(413, "The body is longer than " + MOST_BYTES + " bytes.")
                : parse(new String(bytes, StandardCharsets.UTF_8));
    }

    private static Sent parse(String encoded) {
        Map<String, String> values = new HashMap<>();
        Set<String> seen = new HashSet<>();
        Set<String> repeated = new HashSet<>();
        try {
            for (String pair : encoded.split("&", -1)) {
                String[] halves = pair.split("=", 2);
                String name = URLDecoder.decode(halves[0], StandardCharsets.UTF_8);
                String value = halves.length == 2 ? URLDecoder.decode(halves[1], StandardCharsets.UTF_8) : "";
                if (!name.isEmpty() && !seen.add(name)) {
                    repeated.add(name);
                }
                if (!value.isEmpty()) {
                    values.putIfAbsent(name, value);
                }
            }
        } catch (IllegalArgumentException e) {
            return new Unreadable(400, "A parameter is badly encoded.");
        }
        return new Form(Map.copyOf(values), Set.copyOf(repeated));
    }
}
