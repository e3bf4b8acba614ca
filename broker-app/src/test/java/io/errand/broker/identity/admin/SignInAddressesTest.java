package io.errand.broker.identity.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.errand.broker.identity.SignInEndpoints.At;
import io.errand.broker.identity.SignInEndpoints.Unavailable;
import io.errand.broker.identity.issuer.KeySetClient;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.shared.outbound.OutboundProperties;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Where people sign in is asked for seldom, whatever strangers do, and not forgotten while the issuer is silent. */
class SignInAddressesTest {

    private final HttpServer server = server();
    private final String issuer = "http://127.0.0.1:" + server.getAddress().getPort();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private String path = "/authorize";
    private int status = 200;
    private int asked;

    private final SignInAddresses addresses = new SignInAddresses(
            new AdminProperties(issuer, "people", null, null, null, null),
            new KeySetClient(new Outbound(new OutboundProperties(List.of("127.0.0.0/8"), null))),
            clock());

    private Clock clock() {
        InstantSource moment = () -> now;
        return moment.withZone(ZoneOffset.UTC);
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private HttpServer server() {
        try {
            HttpServer made = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            made.createContext("/", exchange -> {
                asked++;
                byte[] body = ("{\"issuer\":\"" + issuer + "\",\"authorization_endpoint\":\"" + issuer + path
                                + "\",\"token_endpoint\":\"" + issuer + "/token\"}")
                        .getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(status, body.length);
                try (var out = exchange.getResponseBody()) {
                    out.write(body);
                }
            });
            made.start();
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void pass(Duration time) {
        now = now.plus(time);
    }

    @Test
    void anIssuerThatAnswersIsAskedOnceInTenMinutes() {
        assertThat(addresses.find()).isEqualTo(new At(issuer, issuer + "/authorize", issuer + "/token"));
        path = "/moved";
        pass(Duration.ofMinutes(10).minusSeconds(1));
        assertThat(addresses.find()).isEqualTo(new At(issuer, issuer + "/authorize", issuer + "/token"));
        assertThat(asked).isEqualTo(1);

        pass(Duration.ofSeconds(1));

        assertThat(addresses.find()).isEqualTo(new At(issuer, issuer + "/moved", issuer + "/token"));
    }

    @Test
    void anIssuerThatDoesNotAnswerIsAskedOnceInFiveSeconds() {
        status = 503;
        for (int i = 0; i < 5; i++) {
            assertThat(addresses.find()).isInstanceOf(Unavailable.class);
        }
        assertThat(asked).isEqualTo(1);

        status = 200;
        pass(Duration.ofSeconds(5));

        assertThat(addresses.find()).isInstanceOf(At.class);
    }

    @Test
    void anIssuerThatFellSilentHasNotMoved() {
        addresses.find();
        status = 503;
        pass(Duration.ofHours(1));

        assertThat(addresses.find()).isInstanceOf(At.class);
        assertThat(addresses.find()).isInstanceOf(At.class);
        assertThat(asked).isEqualTo(2);
    }
}
