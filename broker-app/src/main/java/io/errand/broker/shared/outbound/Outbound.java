package io.errand.broker.shared.outbound;

import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.impl.routing.SystemDefaultRoutePlanner;
import org.apache.hc.client5.http.routing.RoutingSupport;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.HttpComponentsClientHttpRequestFactory;
import org.springframework.stereotype.Component;

/**
 * Requests to addresses that somebody named: no redirects, no cookies, so much time, so many bytes, and no loopback, link-local or
 * private address unless {@code errand.outbound.private-networks} has it. The address that is connected to is the one that was
 * looked at. Behind a proxy ({@code https.proxyHost}) that is the proxy's, which then decides where names lead.
 */
@Component
public class Outbound {

    private static final Timeout CONNECT = Timeout.ofSeconds(2);
    private static final Timeout SILENCE = Timeout.ofSeconds(30);
    private static final int CONNECTIONS = 200;
    private static final int CONNECTIONS_EACH = 64;

    /** A connection that shows a certificate is made anew so often, or a renewed one would not be seen. */
    private static final TimeValue SHOWN = TimeValue.ofMinutes(5);

    private final OutboundProperties settings;
    private final Addresses addresses;
    private final CloseableHttpClient client;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @Autowired
    public Outbound(OutboundProperties settings) {
        this(settings, InetAddress::getAllByName);
    }

    Outbound(OutboundProperties settings, Addresses.Resolver resolver) {
        this(settings, new Addresses(settings, resolver), null);
    }

    private Outbound(OutboundProperties settings, Addresses addresses, @Nullable ClientCertificate shown) {
        this.settings = settings;
        this.addresses = addresses;
        ConnectionConfig connections = ConnectionConfig.custom()
                .setConnectTimeout(CONNECT)
                .setSocketTimeout(SILENCE)
                .setValidateAfterInactivity(TimeValue.ofSeconds(1))
                .setTimeToLive(shown == null ? null : SHOWN)
                .build();
        PoolingHttpClientConnectionManagerBuilder manager = PoolingHttpClientConnectionManagerBuilder.create()
                .setDnsResolver(addresses)
                .setDefaultConnectionConfig(connections)
                .setMaxConnTotal(CONNECTIONS)
                .setMaxConnPerRoute(CONNECTIONS_EACH);
        TrustManager[] trust =
                settings.caFile() == null ? null : new TrustManager[] {new RenewedTrust(settings.caFile())};
        if (shown != null) {
            manager.setTlsSocketStrategy(new CertifiedConnections(shown, trust));
        } else if (trust != null) {
            manager.setTlsSocketStrategy(new DefaultClientTlsStrategy(trusting(trust)));
        }
        this.client = HttpClients.custom()
                .setConnectionManager(manager.build())
                .setRoutePlanner(new SystemDefaultRoutePlanner(ProxySelector.getDefault()))
                .disableRedirectHandling()
                .disableAutomaticRetries()
                .disableAuthCaching()
                .disableCookieManagement()
                .disableContentCompression()
                .build();
    }

    /** The same, by connections of its own that show a certificate. Whoever asks for it closes it. */
    public Outbound showing(ClientCertificate certificate) {
        return new Outbound(settings, addresses, certificate);
    }

    private static SSLContext trusting(TrustManager[] trust) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This JDK has no TLS", e);
        }
    }

    /**
     * What is asked.
     *
     * @param headers with a {@code Content-Type} where the body is no JSON
     * @param body null: none
     * @param most bytes of the answer, a longer one is no answer; 0: it is not read
     */
    @SuppressWarnings("ArrayRecordComponent") // sent once, compared with nothing
    public record Request(String method, URI uri, Map<String, String> headers, byte @Nullable [] body, int most) {

        /** A POST; without a body a GET. */
        public Request(URI uri, Map<String, String> headers, byte @Nullable [] body, int most) {
            this(body == null ? "GET" : "POST", uri, headers, body, most);
        }
    }

    /** What came of it. */
    public sealed interface Reply {

        /** @param type the media type without parameters; empty: it says none */
        @SuppressWarnings("ArrayRecordComponent") // read once, compared with nothing
        record Answered(int status, String type, byte[] body) implements Reply {}

        /** @param cause for the log */
        record Failed(String cause) implements Reply {}

        record TimedOut() implements Reply {}
    }

    /** Why an address that needs no resolver may not be named, as a sentence; empty: it may, or that shows when it is asked. */
    public Optional<String> problem(URI uri) {
        return addresses.problem(uri);
    }

    /** @throws IllegalArgumentException with the setting's name, if a setting names an address that may not be asked */
    public void check(String key, URI uri) {
        problem(uri).ifPresent(sentence -> {
            throw new IllegalArgumentException(key + ": " + sentence);
        });
    }

    /** @param within until the whole answer is there */
    public Reply send(Request request, Duration within) {
        HttpUriRequestBase sent = new HttpUriRequestBase(request.method(), request.uri());
        request.headers().forEach(sent::setHeader);
        if (request.body() != null) {
            String type = request.headers().get(HttpHeaders.CONTENT_TYPE);
            sent.setEntity(new ByteArrayEntity(
                    request.body(), type == null ? ContentType.APPLICATION_JSON : ContentType.parse(type)));
        }
        Future<Reply> reply = threads.submit(() -> answer(sent, request.most()));
        try {
            return reply.get(within.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            sent.abort();
            return new Reply.TimedOut();
        } catch (ExecutionException e) {
            return new Reply.Failed(cause(e.getCause()));
        } catch (InterruptedException e) {
            sent.abort();
            Thread.currentThread().interrupt();
            return new Reply.Failed("interrupted");
        }
    }

    /** What is left of an answer when it is closed is not read: its connection ends. */
    private Reply answer(HttpUriRequestBase request, int most) throws IOException, HttpException {
        try (ClassicHttpResponse response = client.executeOpen(RoutingSupport.determineHost(request), request, null)) {
            HttpEntity entity = response.getEntity();
            if (entity == null || most == 0) {
                return new Reply.Answered(response.getCode(), "", new byte[0]);
            }
            byte[] body = entity.getContent().readNBytes(most + 1);
            if (body.length > most) {
                return new Reply.Failed("the answer is longer than " + most + " bytes");
            }
            String type = entity.getContentType() == null
                    ? ""
                    : entity.getContentType().split(";", 2)[0].strip();
            return new Reply.Answered(response.getCode(), type, body);
        }
    }

    /** No more than its class, since the text of others may hold what they were sent. */
    private static String cause(@Nullable Throwable thrown) {
        for (Throwable one = thrown; one != null; one = one.getCause()) {
            if (one instanceof Addresses.Forbidden forbidden) {
                return forbidden.sentence();
            }
        }
        return thrown instanceof IOException ? thrown.getClass().getSimpleName() : "failed";
    }

    /** The same for the framework's clients, each of whose reads waits so long at most. */
    public ClientHttpRequestFactory requests(Duration timeout) {
        HttpComponentsClientHttpRequestFactory requests = new HttpComponentsClientHttpRequestFactory(client);
        requests.setReadTimeout(timeout);
        requests.setConnectionRequestTimeout(timeout);
        return requests;
    }

    @PreDestroy
    public void close() throws IOException {
        threads.shutdownNow();
        client.close();
    }
}
