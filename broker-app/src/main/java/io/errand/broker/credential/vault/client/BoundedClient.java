package io.errand.broker.credential.vault.client;

import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * The client that the driver is given. It bounds the whole exchange, body included ({@link HttpRequest#timeout()} ends with the
 * headers), and keeps what the driver would lose: {@code Retry-After} of an answer that is neither yes nor no.
 */
final class BoundedClient extends HttpClient {

    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private final HttpClient inner;
    private final Duration limit;
    private final boolean once;

    /** @param once whether a GET is sent at most once: see {@link SentOnce} */
    BoundedClient(HttpClient inner, Duration limit, boolean once) {
        this.inner = inner;
        this.limit = limit;
        this.once = once;
    }

    @Override
    public <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler)
            throws IOException, InterruptedException {
        HttpRequest sent = once
                ? HttpRequest.newBuilder(request, (name, value) -> true)
                        .method(request.method(), new SentOnce())
                        .build()
                : request;
        CompletableFuture<HttpResponse<T>> answer = inner.sendAsync(sent, handler);
        try {
            HttpResponse<T> response = answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
            int status = response.statusCode();
            if (status == 412 || status == 429 || status >= 500 || (status >= 300 && status < 400)) {
                throw new UnclearVaultAnswer(status, String.valueOf(response.body()), retryAfter(response));
            }
            return response;
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new HttpTimeoutException("no answer within " + limit);
        } catch (InterruptedException e) {
            answer.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        }
    }

    /**
     * An empty body that will not be measured twice. The JDK's client repeats a GET unasked when a connection ends without an
     * answer, and no setting of a client or a request turns that off; but it asks for the length before it sends.
     */
    private static final class SentOnce implements BodyPublisher {

        private final BodyPublisher empty = BodyPublishers.noBody();
        private final AtomicBoolean measured = new AtomicBoolean();

        @Override
        public long contentLength() {
            if (measured.getAndSet(true)) {
                throw new IllegalStateException("the connection ended without an answer, and this is not asked twice");
            }
            return empty.contentLength();
        }

        @Override
        public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
            empty.subscribe(subscriber);
        }
    }

    /** RFC 9110 §10.2.3: seconds, or a date. */
    private static @Nullable Duration retryAfter(HttpResponse<?> response) {
        String value = response.headers().firstValue("Retry-After").orElse("").strip();
        Duration wait;
        try {
            wait = value.matches("[0-9]{1,9}")
                    ? Duration.ofSeconds(Long.parseLong(value))
                    : Duration.between(
                            Clock.systemUTC().instant(),
                            ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                                    .toInstant());
        } catch (DateTimeException e) {
            return null;
        }
        if (wait.isNegative()) {
            return Duration.ZERO;
        }
        return wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, BodyHandler<T> handler) {
        return inner.sendAsync(request, handler);
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(
            HttpRequest request, BodyHandler<T> handler, @Nullable PushPromiseHandler<T> push) {
        return inner.sendAsync(request, handler, push);
    }

    @Override
    public void close() {
        inner.shutdownNow();
        inner.close();
    }

    @Override
    public Optional<CookieHandler> cookieHandler() {
        return inner.cookieHandler();
    }

    @Override
    public Optional<Duration> connectTimeout() {
        return inner.connectTimeout();
    }

    @Override
    public Redirect followRedirects() {
        return inner.followRedirects();
    }

    @Override
    public Optional<ProxySelector> proxy() {
        return inner.proxy();
    }

    @Override
    public SSLContext sslContext() {
        return inner.sslContext();
    }

    @Override
    public SSLParameters sslParameters() {
        return inner.sslParameters();
    }

    @Override
    public Optional<Authenticator> authenticator() {
        return inner.authenticator();
    }

    @Override
    public Version version() {
        return inner.version();
    }

    @Override
    public Optional<Executor> executor() {
        return inner.executor();
    }
}
