package io.errand.cli.mcp;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.errand.cli.mcp.Guard.Fate;
import io.errand.cli.mcp.Message.Unreadable;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The streamable HTTP transport of MCP: one endpoint here, the server's there. A message is a POST, and is answered by JSON or by a
 * stream of events; a GET is a stream for what the server says by itself.
 */
public final class HttpRelay implements AutoCloseable {

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final String SESSION = "Mcp-Session-Id";
    private static final Set<String> METHODS = Set.of("GET", "POST", "DELETE");

    /** Of one connection (RFC 9110 §7.6.1), or set by whoever sends; encodings because the answer is read on the way. */
    private static final Set<String> HOPS = Set.of(
            "connection",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "expect",
            "host",
            "origin",
            "content-length",
            "accept-encoding",
            "date");

    private final HttpServer server;
    private final URI upstream;
    private final Optional<String> bearer;
    private final Guard guard;
    private final Consumer<String> note;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();

    /** @param bearer what the server is shown instead of what the client shows */
    public HttpRelay(
            InetSocketAddress listen, URI upstream, Optional<String> bearer, Guard guard, Consumer<String> note)
            throws IOException {
        this.upstream = upstream;
        this.bearer = bearer;
        this.guard = guard;
        this.note = note;
        this.server = HttpServer.create(listen, 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    /**
     * Where to listen.
     *
     * @throws IllegalArgumentException if that is not a port of the loopback
     */
    public static InetSocketAddress address(String listen) {
        int colon = listen.lastIndexOf(':');
        try {
            InetAddress host = InetAddress.getByName(listen.substring(0, Math.max(0, colon)));
            int port = Integer.parseInt(listen.substring(colon + 1));
            if (colon > 0 && host.isLoopbackAddress() && port >= 0 && port <= 65_535) {
                return new InetSocketAddress(host, port);
            }
        } catch (UnknownHostException | NumberFormatException e) {
            throw new IllegalArgumentException("--listen is 127.0.0.1:PORT, not " + listen + ".", e);
        }
        throw new IllegalArgumentException("--listen is 127.0.0.1:PORT, not " + listen + ".");
    }

    /** @throws IllegalArgumentException if that is no address of HTTP */
    public static URI upstream(URI url) {
        if (url.getHost() == null
                || !List.of("http", "https").contains(String.valueOf(url.getScheme()))
                || url.getUserInfo() != null) {
            throw new IllegalArgumentException("--upstream is an http(s) address, not " + url + ".");
        }
        return url.getRawPath().isEmpty() ? url.resolve("/") : url;
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + upstream.getRawPath();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String session = Optional.ofNullable(exchange.getRequestHeaders().getFirst(SESSION))
                    .orElse("");
            if (!isFromHere(exchange)) {
                refuse(exchange, 403, "Only programs of this machine are served here.");
            } else if (!exchange.getRequestURI().getRawPath().equals(upstream.getRawPath())) {
                refuse(exchange, 404, "The MCP endpoint is " + upstream.getRawPath() + ".");
            } else if (!METHODS.contains(exchange.getRequestMethod())) {
                refuse(exchange, 405, "POST, GET or DELETE.");
            } else if (exchange.getRequestMethod().equals("POST")) {
                posted(exchange, session);
            } else {
                forward(exchange, session, null);
            }
        }
    }

    /** A page in a browser can reach the loopback too, under another name (MCP, Transports, Security Warning). */
    private boolean isFromHere(HttpExchange exchange) {
        String origin = exchange.getRequestHeaders().getFirst("Origin");
        String host = exchange.getRequestHeaders().getFirst("Host");
        return (origin == null || isLoopback(URI.create(origin).getHost()))
                && host != null
                && isLoopback(host.replaceFirst(":\\d+$", ""));
    }

    private static boolean isLoopback(@Nullable String host) {
        return host != null && Set.of("127.0.0.1", "localhost", "[::1]").contains(host.toLowerCase(Locale.ROOT));
    }

    private void posted(HttpExchange exchange, String session) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(Message.MAX_BYTES + 1);
        if (body.length > Message.MAX_BYTES) {
            refuse(exchange, 413, "A message has at most " + Message.MAX_BYTES + " bytes.");
            return;
        }
        Message message;
        try {
            message = Message.read(body);
        } catch (Unreadable e) {
            refuse(exchange, 400, String.valueOf(e.getMessage()));
            return;
        }
        follow(exchange, session, guard.fromClient(session, message));
    }

    private void follow(HttpExchange exchange, String session, Fate fate) throws IOException {
        switch (fate) {
            case Fate.Pass(Message passed) -> forward(exchange, session, passed);
            case Fate.Answer(Message answer) -> json(exchange, 200, answer);
            case Fate.Drop drop -> exchange.sendResponseHeaders(202, -1);
            case Fate.Ask(var decision) -> follow(exchange, session, decision.get());
        }
    }

    private void forward(HttpExchange exchange, String session, @Nullable Message message) throws IOException {
        HttpResponse<InputStream> answer;
        try {
            answer = http.send(request(exchange, message), BodyHandlers.ofInputStream());
        } catch (ConnectException e) {
            gone(exchange, session, message, true, e);
            return;
        } catch (IOException e) {
            gone(exchange, session, message, false, e);
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        try (InputStream body = answer.body()) {
            answer.headers().map().forEach((name, values) -> {
                if (!HOPS.contains(name.toLowerCase(Locale.ROOT))) {
                    exchange.getResponseHeaders().put(name, values);
                }
            });
            String type = answer.headers().firstValue("Content-Type").orElse("").toLowerCase(Locale.ROOT);
            if (type.startsWith("text/event-stream")) {
                exchange.sendResponseHeaders(answer.statusCode(), 0);
                new Events(guard, session, note).relay(body, exchange.getResponseBody());
            } else {
                whole(exchange, session, message, answer.statusCode(), type.startsWith("application/json"), body);
            }
        }
    }

    private HttpRequest request(HttpExchange exchange, @Nullable Message message) {
        HttpRequest.Builder request = HttpRequest.newBuilder(upstream)
                .method(
                        exchange.getRequestMethod(),
                        message == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(message.bytes()));
        exchange.getRequestHeaders().forEach((name, values) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (!HOPS.contains(lower) && !(bearer.isPresent() && lower.equals("authorization"))) {
                values.forEach(value -> request.header(name, value));
            }
        });
        bearer.ifPresent(token -> request.header("Authorization", "Bearer " + token));
        return request.build();
    }

    private void whole(
            HttpExchange exchange,
            String session,
            @Nullable Message asked,
            int status,
            boolean isJson,
            InputStream body)
            throws IOException {
        byte[] bytes = body.readNBytes(Message.MAX_BYTES + 1);
        if (bytes.length > Message.MAX_BYTES) {
            gone(
                    exchange,
                    session,
                    asked,
                    false,
                    new IOException("an answer of more than " + Message.MAX_BYTES + " bytes"));
            return;
        }
        if (asked != null && status >= 300) {
            guard.failed(session, asked, "HTTP " + status);
        } else if (isJson && bytes.length > 0) {
            try {
                bytes = guard.fromServer(session, Message.read(bytes)).bytes();
            } catch (Unreadable e) {
                gone(exchange, session, asked, false, e);
                return;
            }
        }
        send(exchange, status, bytes);
    }

    /** @param isUndone whether the server cannot have seen the message */
    private void gone(
            HttpExchange exchange, String session, @Nullable Message message, boolean isUndone, Exception cause)
            throws IOException {
        note.accept("no answer of the server at " + upstream + ": " + cause.getMessage());
        if (message != null && isUndone) {
            guard.failed(session, message, "not reached");
        } else if (message != null) {
            guard.lost(session, message);
        }
        refuse(exchange, 502, "The server did not answer.");
    }

    private static void refuse(HttpExchange exchange, int status, String text) throws IOException {
        json(exchange, status, Message.unreadable(text));
    }

    private static void json(HttpExchange exchange, int status, Message message) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        send(exchange, status, message.bytes());
    }

    private static void send(HttpExchange exchange, int status, byte[] bytes) throws IOException {
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
        }
    }

    /** Streams that are open end. */
    @Override
    public void close() {
        server.stop(0);
        http.shutdownNow();
    }
}
