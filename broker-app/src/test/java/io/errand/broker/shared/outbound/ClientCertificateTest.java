package io.errand.broker.shared.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.errand.broker.shared.outbound.Outbound.Reply;
import io.errand.testing.Authority;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A service that asks for a certificate sees the one that stands in the files when the connection is made. */
class ClientCertificateTest {

    private final Authority authority = new Authority("corp");

    @TempDir
    private Path files;

    private HttpsServer server;
    private Outbound plain;
    private Outbound showing;

    @BeforeEach
    void start() throws IOException {
        SSLContext own = authority.tls(authority.issue(Authority.Content.server()));
        server = HttpsServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(own) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters asking = own.getDefaultSSLParameters();
                asking.setNeedClientAuth(true);
                parameters.setSSLParameters(asking);
            }
        });
        server.createContext("/", exchange -> {
            X509Certificate shown =
                    (X509Certificate) ((HttpsExchange) exchange).getSSLSession().getPeerCertificates()[0];
            byte[] serial = shown.getSerialNumber().toString().getBytes(StandardCharsets.US_ASCII);
            exchange.getResponseHeaders().set("Connection", "close"); // so that each request has a handshake
            exchange.sendResponseHeaders(200, serial.length);
            exchange.getResponseBody().write(serial);
            exchange.close();
        });
        server.start();
        Files.writeString(files.resolve("ca.crt"), authority.own().certificatePem());
        plain = new Outbound(new OutboundProperties(List.of("127.0.0.1/32"), files.resolve("ca.crt")));
        showing = plain.showing(certificate());
    }

    @AfterEach
    void stop() throws IOException {
        server.stop(0);
        showing.close();
        plain.close();
    }

    @Test
    void aRenewedOneNeedsNoRestart() throws IOException {
        Authority.Certified first = written(Authority.Content.workload());

        assertThat(asked(showing))
                .isEqualTo(first.certificate().getSerialNumber().toString());

        Authority.Certified second = written(Authority.Content.workload());
        assertThat(asked(showing))
                .isEqualTo(second.certificate().getSerialNumber().toString());
    }

    @Test
    void nobodyIsBelievedWithoutOne() throws IOException {
        assertThat(asked(plain)).startsWith("failed");
        assertThat(asked(showing)).as("no files").startsWith("failed");

        written(Authority.Content.workload().ended());
        assertThat(asked(showing)).as("one that has ended").startsWith("failed");
    }

    @Test
    void whatIsNoCertificateAndItsKeyIsNamedWithoutItsContent() throws IOException {
        assertThatThrownBy(() -> certificate().read()).hasMessageContaining("tls.crt must be a readable file");

        written(Authority.Content.workload());
        assertThat(certificate().read().toString()).isEqualTo("Shown[CN=leaf]");

        Files.writeString(files.resolve("tls.key"), authority.own().keyPem());
        assertThatThrownBy(() -> certificate().read()).hasMessageContaining("is not that of the key in");

        Files.writeString(
                files.resolve("tls.key"), "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
        assertThatThrownBy(() -> certificate().read())
                .hasMessageContaining("tls.key must be a readable file with an unencrypted private key in PEM")
                .hasMessageNotContaining("c2VjcmV0")
                .hasNoCause();
    }

    private ClientCertificate certificate() {
        return new ClientCertificate(files.resolve("tls.crt"), files.resolve("tls.key"));
    }

    private Authority.Certified written(Authority.Content content) throws IOException {
        Authority.Certified issued = authority.issue(content);
        Files.writeString(files.resolve("tls.crt"), issued.certificatePem());
        Files.writeString(files.resolve("tls.key"), issued.keyPem());
        return issued;
    }

    private String asked(Outbound outbound) {
        URI address = URI.create("https://127.0.0.1:" + server.getAddress().getPort() + "/list");
        return switch (outbound.send(new Outbound.Request(address, Map.of(), null, 1024), Duration.ofSeconds(5))) {
            case Reply.Answered answered -> new String(answered.body(), StandardCharsets.US_ASCII);
            case Reply.Failed failed -> "failed: " + failed.cause();
            case Reply.TimedOut() -> "timed out";
        };
    }
}
