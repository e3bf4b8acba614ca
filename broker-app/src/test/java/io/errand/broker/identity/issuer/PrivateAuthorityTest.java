package io.errand.broker.identity.issuer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.JWKSet;
import io.errand.broker.identity.jwt.KeySource.Failed;
import io.errand.broker.identity.jwt.KeySource.Fetched;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.shared.outbound.OutboundProperties;
import io.errand.testing.Authority;
import io.errand.testing.Authority.Certified;
import io.errand.testing.Authority.Content;
import io.errand.testing.FakeApiServer;
import io.errand.testing.TestIssuer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
    private FakeApiServer server;

    @SuppressWarnings("NullAway.Init")
    private Path file;

    @BeforeEach
    void serve() {
        file = folder.resolve("ca.pem");
        server = serving(PRIVATE.issue(Content.server()));
    }

    @AfterEach
    void stop() {
        server.close();
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
    void theNameInTheCertificateIsTheOneThatWasAsked() throws IOException {
        trust(PRIVATE);
        server.close();
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
        return server.url();
    }

    private static KeySetClient client(@Nullable Path caFile) {
        return new KeySetClient(new Outbound(new OutboundProperties(List.of("127.0.0.0/8"), caFile)));
    }

    private FakeApiServer serving(Certified certified) {
        FakeApiServer https = new FakeApiServer(certified);
        String base = https.url();
        https.document(
                "/.well-known/openid-configuration",
                "{\"issuer\":\"" + base + "\",\"jwks_uri\":\"" + base + "/jwks\"}");
        https.document("/jwks", new JWKSet(keys.ec().toPublicJWK()).toString(true));
        return https;
    }
}
