package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.errand.api.CaFile;
import io.errand.client.Errand;
import io.errand.client.Patience;
import io.errand.client.Refused;
import io.errand.client.TaskRequest;
import io.errand.client.Unanswered;
import io.errand.testing.Authority;
import io.errand.testing.Authority.Certified;
import io.errand.testing.Authority.Content;
import io.errand.testing.BrokerTest;
import io.errand.testing.PageBlock;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** TLS of the service itself as docs/deploy.md has it: files that somebody else renews, and no restart. */
@SpringBootTest(
        classes = io.errand.broker.Errand.class,
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "errand.issuer=" + BrokerTest.ISSUER,
            "errand.reconcile.enabled=false",
            "spring.ssl.bundle.watch.file.quiet-period=100ms"
        })
@ContextConfiguration(initializers = Surroundings.class)
class OwnTlsTest {

    private static final Authority AUTHORITY = new Authority("own");
    private static final Path FOLDER = folder();

    @LocalServerPort
    private int port;

    @DynamicPropertySource
    static void files(DynamicPropertyRegistry properties) {
        write(AUTHORITY.issue(Content.server()));
        PageBlock.of("docs/deploy.md", "tls")
                .with("/etc/ssl/errand/tls.crt", FOLDER.resolve("tls.crt").toString())
                .with("/etc/ssl/errand/tls.key", FOLDER.resolve("tls.key").toString())
                .with(
                        "/etc/errand/client-authorities.pem",
                        FOLDER.resolve("clients.pem").toString())
                .with("port: 9443", "port: 0")
                .settings()
                .forEach((key, value) -> properties.add(key, () -> value));
    }

    @Test
    void aRenewedCertificateIsShownWithoutARestart() throws IOException {
        Certificate before = shown();
        Certified renewed = AUTHORITY.issue(Content.server());
        assertThat(before).isNotEqualTo(renewed.certificate());

        write(renewed);

        await("the renewed certificate")
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(shown()).isEqualTo(renewed.certificate()));
        Wire wire = Wire.at(port, AUTHORITY.tls(AUTHORITY.issue(Content.workload())));
        assertThat(wire.get("/.well-known/oauth-authorization-server")
                        .json()
                        .path("tls_client_certificate_bound_access_tokens")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void clientsTrustItByTheFileOfItsAuthority() throws IOException, GeneralSecurityException {
        URI broker = URI.create("https://127.0.0.1:" + port);
        TaskRequest request = TaskRequest.of("triage").allow("orders-db", "read");
        SSLContext tls = CaFile.tls(FOLDER.resolve("clients.pem"));

        try (Errand errand = Errand.at(broker, () -> "no token", Patience.USUAL, tls)) {
            assertThatThrownBy(() -> errand.begin(request)).isInstanceOf(Refused.class);
        }
        try (Errand stranger = Errand.at(broker, () -> "no token")) {
            assertThatThrownBy(() -> stranger.begin(request))
                    .isInstanceOf(Unanswered.class)
                    .hasMessageStartingWith(
                            "What answers at " + broker + " cannot be trusted, and was asked nothing: ");
        }
    }

    private Certificate shown() throws IOException {
        try (SSLSocket socket =
                (SSLSocket) AUTHORITY.tls(null).getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.startHandshake();
            return socket.getSession().getPeerCertificates()[0];
        }
    }

    private static void write(Certified certified) {
        try {
            Files.writeString(FOLDER.resolve("clients.pem"), AUTHORITY.own().certificatePem());
            Files.writeString(FOLDER.resolve("tls.key"), certified.keyPem());
            Files.writeString(FOLDER.resolve("tls.crt"), certified.certificatePem());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path folder() {
        try {
            return Files.createTempDirectory("tls");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
