package io.errand.quickstart.issuer;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Set;

/**
 * One address of this server and what holds there before anything is answered.
 *
 * @param methods that it knows
 * @param hosts that may stand in {@code Host}; empty: any
 */
record Endpoint(String path, Set<String> methods, Set<String> hosts, Handler handler) implements HttpHandler {

    /** What is done there. */
    interface Handler {
        Reply answer(HttpExchange exchange) throws IOException;
    }

    /** Public, and the same for everybody. */
    static Endpoint document(String path, Reply reply) {
        return new Endpoint(path, Set.of("GET"), Set.of(), exchange -> reply);
    }

    static Endpoint authorization(int port, Handler handler) {
        return new Endpoint(Documents.AUTHORIZATION, Set.of("GET", "POST"), own(port), handler);
    }

    static Endpoint token(int port, Handler handler) {
        return new Endpoint(Documents.TOKEN, Set.of("POST"), own(port), handler);
    }

    /** A foreign name that resolves to loopback (DNS rebinding) makes a browser send that name. */
    private static Set<String> own(int port) {
        return Set.of("127.0.0.1:" + port, "localhost:" + port);
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            answer(exchange).send(exchange);
        }
    }

    private Reply answer(HttpExchange exchange) throws IOException {
        URI asked = exchange.getRequestURI();
        if (!path.equals(asked.getRawPath())) { // the server's contexts are prefixes
            return Reply.text(404, "There is nothing here.");
        }
        if (!hosts.isEmpty() && (asked.getRawAuthority() != null || !isOwn(exchange))) {
            return Reply.text(421, "This is a development issuer on loopback; it has no such name.");
        }
        if (!methods.contains(exchange.getRequestMethod())) {
            return Reply.text(405, "This method is not known here.")
                    .with("Allow", String.join(", ", methods.stream().sorted().toList()));
        }
        return handler.answer(exchange);
    }

    private boolean isOwn(HttpExchange exchange) {
        List<String> named = exchange.getRequestHeaders().get("Host");
        return named != null && named.size() == 1 && hosts.contains(named.getFirst());
    }
}
