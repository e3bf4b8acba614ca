package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.exchange.Refusals.Expected;
import io.errand.testing.Authority;
import io.errand.testing.Authority.Certified;
import io.errand.testing.Authority.Content;
import io.errand.testing.BrokerTest;
import io.errand.testing.Nginx;
import io.errand.testing.PageBlock;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Mutual TLS that ends at a proxy: NGINX says in a header whose certificate it saw, and is believed; nobody else is. */
@SpringBootTest(
        classes = io.errand.broker.Errand.class,
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {"errand.issuer=" + BrokerTest.ISSUER, "errand.reconcile.enabled=false"})
@ContextConfiguration(initializers = Surroundings.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS) // one NGINX, which knows the broker's port
class ProxiedCertificatesTest {

    private static final String DOMAIN = "proxied.example";
    private static final String HEADER = "ssl-client-cert";
    private static final Authority AUTHORITY = new Authority("proxied");

    /** NGINX lets its certificates in, and no trust domain does. */
    private static final Authority OTHER = new Authority("others");

    private static final Path BUNDLE = bundle();

    private final String agent = Scene.name("agent");
    private final String id = "spiffe://" + DOMAIN + "/" + agent;
    private final String tool = Scene.name("orders");
    private final int port;
    private final Scene scene;
    private final JdbcClient jdbc;
    private final Nginx proxy;

    ProxiedCertificatesTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.port = port;
        this.jdbc = jdbc;
        this.scene = new Scene(Wire.at(port), true);
        this.proxy = new Nginx(
                port,
                AUTHORITY.issue(Content.server()),
                AUTHORITY.own().certificatePem() + "\n" + OTHER.own().certificatePem());
    }

    @DynamicPropertySource
    static void configured(DynamicPropertyRegistry properties) {
        PageBlock.of("docs/deploy.md", "proxy")
                .with("10.1.2.0/24", Nginx.ADDRESS + "/32")
                .settings()
                .forEach((key, value) -> properties.add(key, () -> value));
        properties.add("errand.identity.spiffe-bundles[" + DOMAIN + "]", BUNDLE::toString);
    }

    private static Path bundle() {
        try {
            return Files.writeString(
                    Files.createTempFile("bundle", ".json"), "{\"keys\":[" + AUTHORITY.bundleEntry() + "]}");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterAll
    void close() {
        proxy.close();
    }

    @BeforeEach
    void registered() {
        scene.admin()
                .put(
                        "/admin/v1/issuers/proxied",
                        Map.of(
                                "trust_domain",
                                DOMAIN,
                                "jwks",
                                Map.of("spiffe_bundle", "file"),
                                "audiences",
                                List.of("errand"),
                                "purpose",
                                "workload"));
        scene.jwtTool(tool, Map.of());
        scene.agent(
                agent,
                tool,
                Map.of(
                        "identities",
                        List.of(
                                Map.of("issuer", "proxied", "subject", id),
                                Map.of("issuer", "workloads", "subject", agent))));
        scene.permits();
    }

    @Test
    void aTaskTokenIsBoundToTheCertificateThatTheProxySaw() {
        Wire holder = through(OTHER.issue(Content.workload()));

        Answer granted = holder.form("/oauth2/token", Scene.request(agent, tool, "read"));

        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
        String token = granted.json().path("access_token").asString();
        assertThat(scene.verified(token).path("cnf").has("x5t#S256")).isTrue();
        String path = "/v1/tasks/" + granted.json().path("task").path("id").asString();
        assertThat(holder.as(token).get(path).status()).isEqualTo(200);
        for (Wire thief : List.of(through(OTHER.issue(Content.workload())), through(), Wire.at(port))) {
            assertThat(thief.as(token).get(path).status()).isEqualTo(401);
        }
    }

    @Test
    void anSvidThatTheProxySawAuthenticates() {
        Answer answer = through(AUTHORITY.issue(Content.workload(id))).form("/oauth2/token", clientCredentials());

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        refusals()
                .assertRefused(
                        new Expected(401, "invalid_client", "certificate_invalid"),
                        () -> through(OTHER.issue(Content.workload(id))).form("/oauth2/token", clientCredentials()));
        refusals()
                .assertRefused(
                        new Expected(401, "invalid_client", "client_assertion_missing"),
                        () -> Wire.at(port)
                                .with(HEADER, escaped(AUTHORITY.issue(Content.workload(id))))
                                .form("/oauth2/token", clientCredentials()));
    }

    @Test
    void withoutACertificateAtTheProxyNothingIsBound() {
        Answer granted = through().form("/oauth2/token", Scene.request(agent, tool, "read"));

        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
        assertThat(claims(granted)).doesNotContain("cnf");
    }

    /** A header of the client's own does not get past the proxy, and none from another address is looked at. */
    @Test
    void nobodyElseSaysWhoseCertificateItIs() {
        String forged = escaped(OTHER.issue(Content.workload()));

        for (Wire stranger : List.of(Wire.at(port), through())) {
            Answer granted = stranger.with(HEADER, forged).form("/oauth2/token", Scene.request(agent, tool, "read"));
            assertThat(granted.status()).as(granted.text()).isEqualTo(200);
            assertThat(claims(granted)).doesNotContain("cnf");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "%", "-----BEGIN CERTIFICATE-----%0AAAAA%0A-----END CERTIFICATE-----"})
    void whatAProxySendsAndCannotBeReadIsNoAbsentCertificate(String value) {
        refusals()
                .assertRefused(
                        Expected.invalidRequest("client_certificate_unreadable"),
                        () -> asProxy().with(HEADER, value).form("/oauth2/token", Scene.request(agent, tool, "read")));
    }

    @Test
    void forwardedHeadersChangeNothingThatIsOurs() {
        Wire lying = asProxy()
                .with("X-Forwarded-Host", "evil.example")
                .with("X-Forwarded-Proto", "https")
                .with("Forwarded", "host=evil.example;proto=https")
                .with("X-Forwarded-Prefix", "/evil");

        for (String path : List.of(
                "/.well-known/oauth-authorization-server",
                "/.well-known/openid-configuration",
                "/v1/tasks/x",
                "/console")) {
            Answer answer = lying.get(path);
            assertThat(answer.text() + answer.headers().map()).as(path).doesNotContain("evil");
        }
    }

    @Test
    void theMetadataSaysIt() {
        assertThat(through()
                        .get("/.well-known/oauth-authorization-server")
                        .json()
                        .path("tls_client_certificate_bound_access_tokens")
                        .asBoolean())
                .isTrue();
    }

    private Map<String, String> clientCredentials() {
        Map<String, String> form = ClientAssertionsTest.clientCredentials(agent, tool, "");
        form.remove("client_assertion");
        form.remove("client_assertion_type");
        return form;
    }

    private String claims(Answer granted) {
        return scene.verified(granted.json().path("access_token").asString()).toString();
    }

    private Wire through(Certified client) {
        return Wire.at(proxy.port(), AUTHORITY.tls(client));
    }

    private Wire through() {
        return Wire.at(proxy.port(), AUTHORITY.tls(null));
    }

    /** Past NGINX, from its address. */
    private Wire asProxy() {
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .localAddress(InetAddress.ofLiteral(Nginx.ADDRESS))
                .build();
        return new Wire("http://127.0.0.1:" + port, null, Map.of(), client);
    }

    private static String escaped(Certified certified) {
        return URLEncoder.encode(certified.certificatePem(), StandardCharsets.US_ASCII)
                .replace("+", "%20");
    }

    private Refusals refusals() {
        return new Refusals(scene, jdbc);
    }
}
