package io.errand.broker.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.JWKSet;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.errand.broker.identity.KeySource.Failed;
import io.errand.broker.identity.KeySource.Fetched;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.shared.outbound.OutboundProperties;
import io.errand.testing.Authority;
import io.errand.testing.Authority.Certified;
import io.errand.testing.Authority.Content;
import io.errand.testing.TestIssuer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Issuers whose TLS certificates an authority signed that only the service's configuration trusts. */
class PrivateAuthorityTest {

    private static final Authority PRIVATE = new Authority("private");
    private static final Authority OTHER = new Authority("other");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private final TestIssuer keys = new TestIssuer();

    @SuppressWarnings("NullAway.Init")
    private HttpsServer server;

    @SuppressWarnings("NullAway.Init")
    private Path file;

    @BeforeEach
    void serve() throws IOException, GeneralSecurityException {
        file = folder.resolve("ca.pem");
        server = serving(PRIVATE.issue(Content.server()));
    }

    @AfterEach
    void stop() {
        server.stop(0);
        keys.close();
    }

    @Test
    void anIssuerBehindAPrivateAuthorityIsFoundByDiscovery() throws IOException {
        trust(PRIVATE);

        assertThat(client(file).discover(url()))
                .isInstanceOfSatisfying(
                        Fetched.class, found -> assertThat(found.keys()).isNotEmpty());
    }

    @Test
    void withoutTheFileItIsNot() {
        assertThat(client(null).discover(url()))
                .isInstanceOfSatisfying(
                        Failed.class, failed -> assertThat(failed.cause()).contains("SSLHandshakeException"));
    }

    @Test
    void aRenewedFileIsReadAtTheNextConnection() throws IOException {
        trust(OTHER);
        KeySetClient client = client(file);
        assertThat(client.discover(url())).isInstanceOf(Failed.class);

        trust(PRIVATE);

        assertThat(client.discover(url())).isInstanceOf(Fetched.class);
    }

    @Test
    void aFileThatCannotBeReadLetsNobodyBeTrusted() throws IOException {
        trust(PRIVATE);
        KeySetClient client = client(file);

        Files.delete(file);

        assertThat(client.discover(url())).isInstanceOf(Failed.class);
    }

    @Test
    void theNameInTheCertificateIsTheOneThatWasAsked() throws IOException, GeneralSecurityException {
        trust(PRIVATE);
        server.stop(0);
        server = serving(PRIVATE.issue(Content.workload()));

        assertThat(client(file).discover(url())).isInstanceOf(Failed.class);
    }

    @Test
    void aFileWithoutCertificatesKeepsTheServiceFromStarting() throws IOException {
        Files.writeString(file, "none");

        for (Path wrong : List.of(file, folder.resolve("absent"))) {
            assertThatThrownBy(() -> new OutboundProperties(List.of(), wrong))
                    .hasMessageContaining("errand.outbound.ca-file");
        }
    }

    private void trust(Authority authority) throws IOException {
        Files.writeString(file, authority.own().certificatePem());
    }

    private String url() {
        return "https://127.0.0.1:" + server.getAddress().getPort();
    }

    private static KeySetClient client(@Nullable Path caFile) {
        return new KeySetClient(new Outbound(new OutboundProperties(List.of("127.0.0.0/8"), caFile)));
    }

    private HttpsServer serving(Certified certified) throws IOException, GeneralSecurityException {
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        own.setKeyEntry(
                "own", certified.keys().getPrivate(), new char[0], new Certificate[] {certified.certificate()});
        KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
        managers.init(own, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        HttpsServer https = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        https.setHttpsConfigurator(new HttpsConfigurator(context));
        String base = "https://127.0.0.1:" + https.getAddress().getPort();
        answer(
                https,
                "/.well-known/openid-configuration",
                "{\"issuer\":\"" + base + "\",\"jwks_uri\":\"" + base + "/jwks\"}");
        answer(https, "/jwks", new JWKSet(keys.ec().toPublicJWK()).toString(true));
        https.start();
        return https;
    }

    private static void answer(HttpsServer https, String path, String body) {
        https.createContext(path, exchange -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, bytes.length);
            try (var out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        });
    }
}
