package io.errand.client;

import io.errand.api.Json;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/** Requests to one broker, and what to do when nothing comes back. */
final class Transport implements AutoCloseable {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final String base;
    private final Patience patience;
    private final HttpClient http;
    private final CountDownLatch closed = new CountDownLatch(1);

    /** @param tls null: the JDK's own */
    Transport(URI broker, Patience patience, @Nullable SSLContext tls) {
        if (broker.getHost() == null || !("https".equals(broker.getScheme()) || "http".equals(broker.getScheme()))) {
            throw new IllegalArgumentException("The broker's address is an https or http URL, not " + broker);
        }
        this.base = broker.toString().replaceAll("/+$", "");
        this.patience = patience;
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(patience.connect());
        if (tls != null) {
            builder.sslContext(tls);
        }
        this.http = builder.build();
    }

    HttpRequest.Builder get(String path, String bearer) {
        return request(path).header("Authorization", "Bearer " + bearer);
    }

    HttpRequest.Builder post(String path, String type, byte[] body) {
        return request(path).header("Content-Type", type).POST(HttpRequest.BodyPublishers.ofByteArray(body));
    }

    HttpRequest.Builder postJson(String path, String bearer, Object body) {
        return post(path, "application/json", Json.mapper().writeValueAsBytes(body))
                .header("Authorization", "Bearer " + bearer);
    }

    HttpRequest.Builder delete(String path, String bearer) {
        return request(path).DELETE().header("Authorization", "Bearer " + bearer);
    }

    /** @param further how much longer than usual the answer may take */
    HttpRequest.Builder slower(HttpRequest.Builder request, Duration further) {
        return request.timeout(patience.answer().plus(further));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path))
                .timeout(patience.answer())
                .header("Accept", "application/json, application/problem+json");
    }

    Reply once(HttpRequest.Builder request) {
        try {
            return send(request);
        } catch (IOException e) {
            throw unanswered(e);
        }
    }

    /**
     * Sends again what may be sent twice, until there is an answer or patience is over. Where the very first connection fails,
     * nothing was asked, and the caller is told at once.
     */
    Reply untilAnswered(Supplier<HttpRequest.Builder> request) {
        long end = System.nanoTime() + patience.lostReply().toNanos();
        boolean mayHaveArrived = false;
        Duration pause = FIRST_PAUSE;
        while (true) {
            IOException lost = null;
            Reply reply = null;
            try {
                reply = send(request.get());
                if (!reply.isUnderWay()) {
                    return reply;
                }
            } catch (ConnectException | HttpConnectTimeoutException | SSLHandshakeException e) {
                if (!mayHaveArrived) {
                    throw unanswered(e);
                }
                lost = e;
            } catch (IOException e) {
                mayHaveArrived = true;
                lost = e;
            }
            if (System.nanoTime() + pause.toNanos() > end || pauseUnlessClosed(pause)) {
                return answerOr(reply, lost);
            }
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        }
    }

    private Reply answerOr(@Nullable Reply reply, @Nullable IOException lost) {
        if (reply != null) {
            return reply;
        }
        throw unanswered(lost);
    }

    /** True: there is no more waiting. */
    boolean pauseUnlessClosed(Duration pause) {
        try {
            return closed.await(pause.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private Reply send(HttpRequest.Builder request) throws IOException {
        try {
            var response =
                    http.send(request.build(), BodyHandlers.limiting(BodyHandlers.ofString(), Json.MAX_DOCUMENT_BYTES));
            return new Reply(response.statusCode(), response.headers(), response.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unanswered("Interrupted while waiting for the broker at " + base + ".", e);
        }
    }

    private Unanswered unanswered(@Nullable IOException cause) {
        return new Unanswered(
                switch (cause) {
                    case ConnectException e -> "No broker answers at " + base + ".";
                    case HttpConnectTimeoutException e -> "No broker answers at " + base + ".";
                    case SSLHandshakeException e ->
                        "What answers at " + base + " cannot be trusted, and was asked nothing: " + e.getMessage();
                    case null, default -> "The broker at " + base + " was asked and its answer was lost: " + cause;
                },
                cause);
    }

    @Override
    public void close() {
        closed.countDown();
        http.close();
    }
}
