package io.errand.broker.identity.issuer;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.errand.broker.identity.jwt.KeySource.Failed;
import io.errand.broker.identity.jwt.KeySource.Fetched;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.shared.outbound.OutboundProperties;
import io.errand.testing.TestIssuer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeySetClientTest {

    private static final String DISCOVERY = "/.well-known/openid-configuration";

    private static final Outbound HERE = new Outbound(new OutboundProperties(List.of("127.0.0.0/8"), null));

    private final KeySetClient client = new KeySetClient(HERE);
    private final CountDownLatch never = new CountDownLatch(1);
    private final HttpServer server = server();
    private final String base = "http://127.0.0.1:" + server.getAddress().getPort();

    @AfterEach
    void stop() {
        never.countDown();
        server.stop(0);
    }

    @Test
    void keysAreFoundByDiscovery() {
        try (TestIssuer issuer = new TestIssuer()) {
            assertThat(client.discover(issuer.url()))
                    .isInstanceOfSatisfying(
                            Fetched.class, found -> assertThat(found.keys()).hasSize(2));
        }
    }

    @Test
    void documentOfAnotherIssuerIsRefused() {
        answer(DISCOVERY, 200, "{\"issuer\":\"" + base + "/\",\"jwks_uri\":\"" + base + "/jwks\"}");
        answer("/jwks", 200, "{\"keys\":[]}");

        assertThat(client.discover(base)).isInstanceOf(Failed.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://issuer.example/jwks", "file:///jwks", "https://me@issuer.example/jwks", "jwks", "{"})
    void keysComeOverTlsOrFromThisMachine(String uri) {
        answer(DISCOVERY, 200, "{\"issuer\":\"" + base + "\",\"jwks_uri\":\"" + uri + "\"}");

        assertThat(client.discover(base)).isInstanceOf(Failed.class);
    }

    @Test
    void redirectIsNotFollowed() {
        try (TestIssuer elsewhere = new TestIssuer()) {
            server.createContext("/jwks", exchange -> {
                exchange.getResponseHeaders().add("Location", elsewhere.url() + "/jwks");
                exchange.sendResponseHeaders(302, -1);
                exchange.close();
            });

            assertThat(client.keys(base + "/jwks")).isInstanceOf(Failed.class);
            assertThat(elsewhere.keyRequests()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<html>", "[]", "{\"keys\":{}}", "{\"keys\":[],\"keys\":[]}"})
    void whatIsNoKeySetIsRefused(String body) {
        answer("/jwks", 200, body);

        assertThat(client.keys(base + "/jwks")).isInstanceOf(Failed.class);
    }

    @Test
    void moreThanAMebibyteIsNotRead() {
        answer("/jwks", 200, "{\"keys\":[]," + " ".repeat(1 << 20) + "\"x\":1}");

        assertThat(client.keys(base + "/jwks")).isInstanceOf(Failed.class);
    }

    @Test
    void answerThatDripsIsCutOff() {
        server.createContext("/jwks", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write('{');
            exchange.getResponseBody().flush();
            await();
            exchange.close();
        });
        Instant before = Instant.now();

        assertThat(client.keys(base + "/jwks")).isInstanceOf(Failed.class);
        assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(4));
    }

    private void await() {
        try {
            never.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void answer(String path, int status, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        server.createContext(path, exchange -> {
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
    }

    private static HttpServer server() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
