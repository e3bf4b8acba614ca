package io.errand.cli.mcp;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The streamable HTTP transport of MCP: one endpoint here, the server's there. */
public final class HttpRelay implements AutoCloseable {

    private static final String SESSION = "Mcp-Session-Id";
    private static final Set<String> METHODS = Set.of("GET", "POST", "DELETE");

    private final HttpServer server;
    private final Upstream upstream;
    private final Guard guard;
    private final Consumer<String> note;
    private final AtomicLong withoutSession = new AtomicLong();

    /** @param bearer what the server is shown instead of what the client shows */
    public HttpRelay(HttpEnds ends, Optional<String> bearer, Guard guard, Consumer<String> note) throws IOException {
        this.upstream = new Upstream(ends.upstream(), bearer);
        this.guard = guard;
        this.note = note;
        this.server = HttpServer.create(ends.listen(), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + upstream.path();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String session = exchange.getRequestHeaders().getFirst(SESSION);
            // Without one, the answer comes to this very request. No header has a line feed.
            String ids = session == null ? "\n" + withoutSession.incrementAndGet() : session;
            Passage passage = new Passage(exchange, ids, upstream, guard, note);
            if (!isFromHere(exchange)) {
                passage.refuse(403, "Only programs of this machine are served here.");
            } else if (!exchange.getRequestURI().getRawPath().equals(upstream.path())) {
                passage.refuse(404, "The MCP endpoint is " + upstream.path() + ".");
            } else if (!METHODS.contains(exchange.getRequestMethod())) {
                passage.refuse(405, "POST, GET or DELETE.");
            } else if (exchange.getRequestMethod().equals("POST")) {
                passage.message();
            } else {
                passage.bare();
            }
            if (session == null) {
                guard.forget(ids);
            }
        }
    }

    /** A page in a browser can reach the loopback too, under another name (MCP, Transports, Security Warning). */
    private static boolean isFromHere(HttpExchange exchange) {
        String origin = exchange.getRequestHeaders().getFirst("Origin");
        String host = exchange.getRequestHeaders().getFirst("Host");
        return (origin == null || isLoopback(hostOf(origin)))
                && host != null
                && isLoopback(host.replaceFirst(":\\d+$", ""));
    }

    private static @Nullable String hostOf(String origin) {
        try {
            return URI.create(origin).getHost();
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static boolean isLoopback(@Nullable String host) {
        return host != null && Set.of("127.0.0.1", "localhost", "[::1]").contains(host.toLowerCase(Locale.ROOT));
    }

    /** Streams that are open end. */
    @Override
    public void close() {
        server.stop(0);
        upstream.close();
    }
}
