package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.jwk.JWKSet;
import io.errand.exchange.Refusals.Expected;
import io.errand.testing.Authority;
import io.errand.testing.Authority.Certified;
import io.errand.testing.Authority.Content;
import io.errand.testing.BrokerTest;
import io.errand.testing.FakeWorkloadApi;
import io.errand.testing.PageBlock;
import io.errand.testing.Prover;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** Mutual TLS (RFC 8705): certificates that task tokens are bound to, and X.509-SVIDs that say who the agent is. */
@SpringBootTest(
        classes = io.errand.broker.Errand.class,
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {"errand.issuer=" + BrokerTest.ISSUER, "errand.reconcile.enabled=false"})
@ContextConfiguration(initializers = Surroundings.class)
class MutualTlsTest {

    private static final String DOMAIN = "mutual.example";

    /** Of the trust domain. */
    private static final Authority AUTHORITY = new Authority("authority");

    /** TLS trusts it, and no trust domain does. */
    private static final Authority OTHER = new Authority("other");

    /** A trust domain whose bundles come from the Workload API's socket. */
    private static final String STREAMED = "streamed.example";

    private static final FakeWorkloadApi WORKLOAD_API = FakeWorkloadApi.atSocket();

    private final String agent = Scene.name("agent");
    private final String id = "spiffe://" + DOMAIN + "/" + agent;
    private final String streamedId = "spiffe://" + STREAMED + "/" + agent;
    private final String tool = Scene.name("orders");
    private final int port;
    private final Scene scene;
    private final JdbcClient jdbc;

    MutualTlsTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.port = port;
        this.jdbc = jdbc;
        scene = new Scene(Wire.at(port, tls(null)), true);
    }

    @DynamicPropertySource
    static void overTls(DynamicPropertyRegistry properties) {
        Certified server = AUTHORITY.issue(Content.server());
        settings(PageBlock.of("docs/sender-constraint.md", "tls")
                        .with("/etc/errand/tls/tls.crt", file(server.certificatePem()))
                        .with("/etc/errand/tls/tls.key", file(server.keyPem()))
                        .with(
                                "/etc/errand/tls/client-authorities.pem",
                                file(AUTHORITY.own().certificatePem() + "\n"
                                        + OTHER.own().certificatePem())))
                .accept(properties);
        WORKLOAD_API.x509Bundle(STREAMED, AUTHORITY.own().certificate());
        settings(PageBlock.of("docs/identities/spiffe.md", "bundles")
                        .with("/run/spiffe/example.org.json", file("{\"keys\":[" + AUTHORITY.bundleEntry() + "]}"))
                        .with("example.org", DOMAIN)
                        .with(
                                "unix:///run/spire/agent.sock",
                                WORKLOAD_API.start().uri()))
                .accept(properties);
    }

    private static Consumer<DynamicPropertyRegistry> settings(PageBlock block) {
        return properties -> block.settings().forEach((key, value) -> properties.add(key, () -> value));
    }

    private static String file(String text) {
        try {
            Path file = Files.createTempFile("mutual", ".pem");
            file.toFile().deleteOnExit();
            return Files.writeString(file, text).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterAll
    static void close() {
        WORKLOAD_API.close();
    }

    @BeforeEach
    void registered() {
        scene.admin()
                .put(
                        "/admin/v1/issuers/mutual",
                        Map.of(
                                "trust_domain",
                                DOMAIN,
                                "jwks",
                                Map.of("spiffe_bundle", "file"),
                                "audiences",
                                List.of("errand"),
                                "purpose",
                                "workload"));
        scene.admin()
                .put(
                        "/admin/v1/issuers/streamed",
                        Map.of(
                                "trust_domain",
                                STREAMED,
                                "jwks",
                                Map.of("spiffe_bundle", "workload_api"),
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
                                Map.of("issuer", "mutual", "subject", id),
                                Map.of("issuer", "streamed", "subject", streamedId),
                                Map.of("issuer", "workloads", "subject", agent)),
                        "on_behalf_of",
                        List.of(Map.of("issuer", "people", "clients", List.of("portal")))));
        scene.permits("@require_dpop permit(principal, action, resource);");
    }

    @Test
    void anSvidAuthenticatesAndBindsWhatItIsGiven() throws Exception {
        Certified svid = AUTHORITY.issue(Content.workload(id));

        Answer answer = at(svid).form("/oauth2/token", clientCredentials());

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json().path("token_type").asString()).isEqualTo("Bearer");
        assertThat(claims(answer.json()).path("cnf").path("x5t#S256").asString())
                .isEqualTo(thumbprint(svid));
    }

    @Test
    void anSvidStandsForTheActor() {
        Map<String, String> form = clientCredentials();
        form.put("grant_type", Scene.GRANT);
        form.put("subject_token", Surroundings.PEOPLE.token("ann", c -> c.claim("azp", "portal")));
        form.put("subject_token_type", Scene.JWT);
        Wire wire = at(AUTHORITY.issue(Content.workload(id)));

        Answer person = wire.form("/oauth2/token", form);
        form.remove("task");
        form.put("subject_token", person.json().path("access_token").asString());
        Answer more = wire.form("/oauth2/token", form);

        assertThat(person.status()).as(person.text()).isEqualTo(200);
        assertThat(more.status()).as(more.text()).isEqualTo(200);
    }

    @Test
    void aCertificateOfNobodyBindsTheTokenOfWhoeverShowsWhoItIsOtherwise() {
        Wire wire = at(OTHER.issue(Content.workload()));
        Answer granted = wire.form("/oauth2/token", Scene.request(agent, tool, "read"));
        String token = granted.json().path("access_token").asString();
        String path = "/v1/tasks/" + granted.json().path("task").path("id").asString();

        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
        assertThat(wire.as(token).get(path).status()).isEqualTo(200);
        for (Wire thief : List.of(scene.anonymous(), at(OTHER.issue(Content.workload())))) {
            Answer stolen = thief.as(token).get(path);
            assertThat(stolen.status()).isEqualTo(401);
            assertThat(stolen.header("WWW-Authenticate")).startsWith("Bearer error=\"invalid_token\"");
        }
        Map<String, String> more = Scene.request(agent, tool, "read");
        more.remove("task");
        more.put("actor_token", more.get("subject_token"));
        more.put("actor_token_type", Scene.JWT);
        more.put("subject_token", token);
        refusals().assertRefused(Expected.invalidRequest("binding_mismatch"), () -> scene.exchange(more));
        assertThat(wire.form("/oauth2/token", more).status()).isEqualTo(200);
    }

    @Test
    void aProofComesBeforeACertificate() {
        Prover holder = new Prover();
        Wire wire = at(AUTHORITY.issue(Content.workload(id)));
        String nonce = wire.with("DPoP", "x").get("/v1/tasks/x").header("DPoP-Nonce");

        Answer answer = wire.with("DPoP", holder.proof("POST", "/oauth2/token", nonce, null))
                .form("/oauth2/token", clientCredentials());

        assertThat(answer.json().path("token_type").asString())
                .as(answer.text())
                .isEqualTo("DPoP");
        assertThat(claims(answer.json()).path("cnf").path("jkt").asString()).isEqualTo(holder.thumbprint());
    }

    @Test
    void whatIsNoSvidOfTheTrustDomainAuthenticatesNobody() {
        Expected invalid = new Expected(401, "invalid_client", "certificate_invalid");
        for (Certified wrong : List.of(
                OTHER.issue(Content.workload(id)),
                AUTHORITY.issue(Content.workload(id, "spiffe://" + DOMAIN + "/second")))) {
            refusals().assertRefused(invalid, () -> at(wrong).form("/oauth2/token", clientCredentials()));
        }
        refusals()
                .assertRefused(
                        new Expected(401, "invalid_client", "client_assertion_missing"),
                        () -> at(AUTHORITY.issue(Content.workload("spiffe://unknown.example/" + agent)))
                                .form("/oauth2/token", clientCredentials()));
        refusals()
                .assertRefused(
                        new Expected(401, "invalid_client", "no_agent"),
                        () -> at(AUTHORITY.issue(Content.workload(id + "-other")))
                                .form("/oauth2/token", clientCredentials()));
    }

    @Test
    void aCertificateOfAnotherAgentContradictsATokenAndAnAssertion() {
        String other = Scene.name("agent");
        scene.agent(other, tool, Map.of());

        refusals()
                .assertRefused(
                        Expected.invalidRequest("two_identities"),
                        () -> at(AUTHORITY.issue(Content.workload(id)))
                                .form(
                                        "/oauth2/token",
                                        ClientAssertionsTest.clientCredentials(
                                                other,
                                                tool,
                                                Surroundings.WORKLOADS.token(
                                                        other, c -> c.audience(BrokerTest.ISSUER)))));
        refusals()
                .assertRefused(
                        Expected.invalidRequest("impersonation"),
                        () -> at(AUTHORITY.issue(Content.workload(id)))
                                .form("/oauth2/token", Scene.request(other, tool, "read")));
    }

    @Test
    void theWorkloadApiSpeaksForTokensAndCertificatesUntilItSaysOtherwise() {
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put(
                "subject_token",
                Surroundings.WORKLOADS.token(
                        streamedId, c -> c.issuer(null).jwtID(null).audience("errand")));
        Wire bound = at(AUTHORITY.issue(Content.workload(streamedId)));
        WORKLOAD_API.jwtBundle(STREAMED, new JWKSet(Surroundings.WORKLOADS.ec().toPublicJWK()).toString(true));

        await().untilAsserted(() ->
                assertThat(bound.form("/oauth2/token", form).status()).isEqualTo(200));
        assertThat(bound.form("/oauth2/token", clientCredentials()).status()).isEqualTo(200);

        WORKLOAD_API.jwtBundle(STREAMED, "{\"keys\":[]}");
        await().untilAsserted(() ->
                assertThat(bound.form("/oauth2/token", form).status()).isEqualTo(400));
        refusals().assertRefused(Expected.invalidRequest("key_unknown"), () -> bound.form("/oauth2/token", form));

        WORKLOAD_API.x509Bundle(STREAMED, OTHER.own().certificate());
        await().untilAsserted(() -> assertThat(
                        bound.form("/oauth2/token", clientCredentials()).status())
                .isEqualTo(401));
        refusals()
                .assertRefused(
                        new Expected(401, "invalid_client", "certificate_invalid"),
                        () -> bound.form("/oauth2/token", clientCredentials()));
    }

    /** What is asked for an unbound task over such a connection is collected over it, and stays bound to nothing. */
    @Test
    void anUnboundTaskWaitsForAPersonAndStaysUnbound() {
        scene.permits("""
                permit(principal, action, resource) when { context.actions.containsAll(["read", "write"]) };
                @approval("finance") permit(principal, action, resource) when { !context.actions.contains("read") };
                """);
        JsonNode granted = scene.anonymous()
                .form("/oauth2/token", Scene.request(agent, tool, "read", "write"))
                .json();
        Wire over = at(OTHER.issue(Content.workload()));
        Map<String, String> more = Scene.request(agent, tool, "write");
        more.remove("task");
        more.put("actor_token", more.get("subject_token"));
        more.put("actor_token_type", Scene.JWT);
        more.put("subject_token", granted.path("access_token").asString());
        more.put("completion_mode", "deferred");
        JsonNode waiting = over.form("/oauth2/token", more).json();
        scene.approve(waiting);

        Answer collected = over.form("/oauth2/token", poll(waiting));

        assertThat(collected.status()).as(waiting + collected.text()).isEqualTo(200);
        assertThat(collected.json().path("task").path("id"))
                .isEqualTo(granted.path("task").path("id"));
        assertThat(claims(collected.json()).has("cnf")).isFalse();
    }

    @Test
    void whatABoundRequestWaitsForIsCollectedByItsCertificateAlone() {
        scene.permits("@approval(\"finance\") permit(principal, action, resource);");
        Certified own = OTHER.issue(Content.workload());
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("completion_mode", "deferred");
        JsonNode waiting = at(own).form("/oauth2/token", form).json();
        scene.approve(waiting);

        for (Wire thief : List.of(scene.anonymous(), at(OTHER.issue(Content.workload())))) {
            refusals()
                    .assertRefused(
                            new Expected(400, "invalid_grant", "deferral_unknown"),
                            () -> thief.form("/oauth2/token", poll(waiting)));
        }
        Answer collected = at(own).form("/oauth2/token", poll(waiting));

        assertThat(collected.status()).as(collected.text()).isEqualTo(200);
        assertThat(claims(collected.json()).path("cnf").has("x5t#S256")).isTrue();
    }

    private Map<String, String> poll(JsonNode waiting) {
        return Map.of(
                "grant_type",
                "urn:ietf:params:oauth:grant-type:deferred",
                "deferral_code",
                waiting.path("deferral_code").asString(),
                "actor_token",
                Surroundings.WORKLOADS.token(agent),
                "actor_token_type",
                Scene.JWT);
    }

    @Test
    void theMetadataSaysIt() {
        JsonNode metadata =
                scene.anonymous().get("/.well-known/oauth-authorization-server").json();

        assertThat(metadata.path("tls_client_certificate_bound_access_tokens").asBoolean())
                .isTrue();
        assertThat(metadata.path("token_endpoint_auth_methods_supported").toString())
                .isEqualTo("[\"none\",\"private_key_jwt\",\"spiffe_jwt\",\"spiffe_x509\"]");
    }

    private Refusals refusals() {
        return new Refusals(scene, jdbc);
    }

    private Map<String, String> clientCredentials() {
        Map<String, String> form = ClientAssertionsTest.clientCredentials(agent, tool, "");
        form.remove("client_assertion");
        form.remove("client_assertion_type");
        return form;
    }

    private JsonNode claims(JsonNode granted) {
        return scene.verified(granted.path("access_token").asString());
    }

    private Wire at(Certified client) {
        return Wire.at(port, tls(client));
    }

    private static SSLContext tls(@Nullable Certified client) {
        return AUTHORITY.tls(client);
    }

    private static String thumbprint(Certified certified) throws GeneralSecurityException {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(MessageDigest.getInstance("SHA-256")
                        .digest(certified.certificate().getEncoded()));
    }
}
