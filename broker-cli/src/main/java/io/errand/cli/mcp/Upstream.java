package io.errand.cli.mcp;

import com.sun.net.httpserver.Headers;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The server's endpoint. */
final class Upstream implements AutoCloseable {

    private static final Duration CONNECT = Duration.ofSeconds(10);

    /**
     * Of one connection (RFC 9110 §7.6.1), or set by whoever sends. Nothing that the client says of its encoding holds for what is
     * sent here: it is written anew.
     */
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

    private static final Set<String> OF_THE_BODY = Set.of("content-type", "content-encoding", "content-md5", "digest");

    private final URI url;
    private final Optional<String> bearer;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();

    Upstream(URI url, Optional<String> bearer) {
        this.url = url;
        this.bearer = bearer;
    }

    /** There was no connection, so the server has not seen the message. */
    static final class Unreached extends IOException {

        private static final long serialVersionUID = 1;

        Unreached(IOException cause) {
            super(cause);
        }
    }

    String path() {
        return url.getRawPath();
    }

    HttpResponse<InputStream> send(String method, Headers headers, @Nullable Message message)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .method(
                        method,
                        message == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(message.bytes()));
        headers.forEach((name, values) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            boolean isOurs = HOPS.contains(lower)
                    || OF_THE_BODY.contains(lower)
                    || (bearer.isPresent() && lower.equals("authorization"));
            if (!isOurs) {
                values.forEach(value -> request.header(name, value));
            }
        });
        if (message != null) {
            request.header("Content-Type", "application/json");
        }
        bearer.ifPresent(token -> request.header("Authorization", "Bearer " + token));
        try {
            return http.send(request.build(), BodyHandlers.ofInputStream());
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw new Unreached(e);
        }
    }

    /** What the client gets to see of an answer's headers. */
    static void copy(HttpResponse<?> answer, Headers to) {
        answer.headers().map().forEach((name, values) -> {
            if (!HOPS.contains(name.toLowerCase(Locale.ROOT))) {
                to.put(name, values);
            }
        });
    }

    @Override
    public void close() {
        http.shutdownNow();
    }

    @Override
    public String toString() {
        return url.toString();
    }
}
