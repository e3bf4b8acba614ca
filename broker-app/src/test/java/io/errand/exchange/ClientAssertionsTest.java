package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.JWTClaimsSet;
import io.errand.exchange.Refusals.Expected;
import io.errand.testing.BrokerTest;
import io.errand.testing.ClientAssertions;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Agents that authenticate by an assertion (RFC 7523, RFC 10070): the same exchange, and never two ways at once. */
@BrokerTest
class ClientAssertionsTest {

    private static final String PERSON = "ann";
    private static final String BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    private static final String SPIFFE = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe";

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final Scene scene;
    private final Refusals refusals;

    ClientAssertionsTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        scene = new Scene(port);
        refusals = new Refusals(scene, jdbc);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(
                agent, tool, Map.of("on_behalf_of", List.of(Map.of("issuer", "people", "clients", List.of("portal")))));
        scene.permits();
    }

    @Test
    void clientCredentialsEndInTheSameAnswerAsAnExchange() {
        JsonNode exchanged = scene.exchange(Scene.request(agent, tool, "read")).json();
        Answer answer = scene.exchange(clientCredentials(agent, tool, assertion(c -> {})));

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json().propertyNames()).containsExactlyElementsOf(exchanged.propertyNames());
        JsonNode token = scene.verified(answer.json().path("access_token").asString());
        assertThat(token.path("sub").asString()).isEqualTo("agent:" + agent);
        assertThat(token.path("client_id").asString()).isEqualTo(agent);
    }

    @Test
    void anAssertionStandsForTheActorOfAPersonsTokenAndOfATaskToken() {
        Map<String, String> form = clientCredentials(agent, tool, assertion(c -> {}));
        form.put("grant_type", Scene.GRANT);
        form.put("subject_token", Surroundings.PEOPLE.token(PERSON, c -> c.claim("azp", "portal")));
        form.put("subject_token_type", Scene.JWT);
        Answer person = scene.exchange(form);
        form.remove("task");
        form.put("client_assertion", assertion(c -> {}));
        form.put("subject_token", person.json().path("access_token").asString());
        form.put("subject_token_type", Scene.ACCESS_TOKEN);
        Answer more = scene.exchange(form);

        assertThat(person.status()).as(person.text()).isEqualTo(200);
        assertThat(scene.verified(person.json().path("access_token").asString())
                        .path("act")
                        .path("sub")
                        .asString())
                .isEqualTo("agent:" + agent);
        assertThat(more.status()).as(more.text()).isEqualTo(200);
    }

    @Test
    void theTypeOfAnAssertionMayBeSaid() {
        for (String audience : List.of("text", "array")) {
            String assertion = ClientAssertions.typed(
                    agent,
                    "client-authentication+jwt",
                    audience.equals("text") ? BrokerTest.ISSUER : List.of(BrokerTest.ISSUER));

            Answer answer = scene.exchange(clientCredentials(agent, tool, assertion));

            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        }
    }

    @Test
    void aJwtSvidIsAnAssertionOfItsOwnTypeAndIsReused() {
        String svid = spiffeAgent();
        Map<String, String> form = clientCredentials(agent + "-spiffe", tool, svid);
        form.put("client_assertion_type", SPIFFE);

        Answer first = scene.exchange(form);
        Answer second = scene.exchange(form);
        form.put("client_assertion_type", BEARER);

        assertThat(first.status()).as(first.text()).isEqualTo(200);
        assertThat(second.status()).as(second.text()).isEqualTo(200);
        refusals.assertRefused(new Expected(401, "invalid_client", "assertion_type"), () -> scene.exchange(form));
    }

    private String spiffeAgent() {
        String domain = Scene.name("assertions") + ".example";
        String id = "spiffe://" + domain + "/" + agent;
        scene.admin()
                .put(
                        "/admin/v1/issuers/" + domain.replace('.', '-'),
                        Map.of(
                                "trust_domain",
                                domain,
                                "jwks",
                                Map.of("spiffe_bundle", Surroundings.WORKLOADS.url() + "/bundle"),
                                "audiences",
                                List.of("errand"),
                                "purpose",
                                "workload"));
        scene.agent(
                agent + "-spiffe",
                tool,
                Map.of("identities", List.of(Map.of("issuer", domain.replace('.', '-'), "subject", id))));
        return Surroundings.WORKLOADS.token(id, c -> c.issuer(null).jwtID(null).audience(BrokerTest.ISSUER));
    }

    @TestFactory
    Stream<DynamicTest> forgedAssertions() {
        return ClientAssertions.forged(agent).entrySet().stream()
                .map(one -> DynamicTest.dynamicTest(
                        one.getKey() + " → " + one.getValue().reason(),
                        () -> refusals.assertRefused(
                                new Expected(
                                        401, "invalid_client", one.getValue().reason()),
                                () -> scene.exchange(clientCredentials(
                                        agent, tool, one.getValue().token())))));
    }

    @Test
    void anAssertionIsGoodOnceAndOneThatWasNotVerifiedUsesNothingUp() {
        JWTClaimsSet claims = Surroundings.WORKLOADS.claims(agent, c -> c.audience(BrokerTest.ISSUER));
        String good = ClientAssertions.signed(claims);
        String forged = good.substring(0, good.lastIndexOf('.') + 1) + "A".repeat(86);

        // CVE class "jti before verification": a forged one with the same jti must not burn it.
        refusals.assertRefused(
                new Expected(401, "invalid_client", "signature_invalid"),
                () -> scene.exchange(clientCredentials(agent, tool, forged)));
        assertThat(scene.exchange(clientCredentials(agent, tool, good)).status())
                .isEqualTo(200);
        refusals.assertRefused(
                new Expected(401, "invalid_client", "replayed"),
                () -> scene.exchange(clientCredentials(agent, tool, good)));
    }

    /** RFC 7523 §3: jti is optional. What tells one from another is then all that was signed. */
    @Test
    void anAssertionWithoutAnIdIsGoodOnceToo() {
        String assertion = assertion(c -> c.jwtID(null));
        String another = assertion(c -> c.jwtID(null).claim("nonce", "another"));

        assertThat(scene.exchange(clientCredentials(agent, tool, assertion)).status())
                .isEqualTo(200);
        refusals.assertRefused(
                new Expected(401, "invalid_client", "replayed"),
                () -> scene.exchange(clientCredentials(agent, tool, assertion)));
        assertThat(scene.exchange(clientCredentials(agent, tool, another)).status())
                .isEqualTo(200);
    }

    @TestFactory
    Stream<DynamicTest> twoWaysAtOnce() {
        String own = Surroundings.WORKLOADS.token(agent);
        return Stream.of(
                        wrong("actor token", f -> f.put("actor_token", own), "two_methods"),
                        wrong("own token as subject", f -> f.put("subject_token", own), "two_methods"),
                        wrong(
                                "the assertion as subject",
                                f -> f.put("subject_token", f.get("client_assertion")),
                                "two_methods"),
                        wrong(
                                "another workload as subject",
                                f -> f.put("subject_token", Surroundings.WORKLOADS.token("nobody")),
                                "impersonation"))
                .map(one -> DynamicTest.dynamicTest(one.name(), () -> {
                    Map<String, String> form = clientCredentials(agent, tool, assertion(c -> {}));
                    form.put("grant_type", Scene.GRANT);
                    form.put("subject_token", Surroundings.PEOPLE.token(PERSON, c -> c.claim("azp", "portal")));
                    form.put("subject_token_type", Scene.JWT);
                    one.change().accept(form);
                    if (form.containsKey("actor_token")) {
                        form.put("actor_token_type", Scene.JWT);
                    }

                    refusals.assertRefused(Expected.invalidRequest(one.reason()), () -> scene.exchange(form));
                }));
    }

    @TestFactory
    Stream<DynamicTest> wrongClients() {
        String client = "invalid_client";
        return Stream.of(
                        new Client(
                                "client_id of another",
                                f -> f.put("client_id", "other"),
                                401,
                                client,
                                "client_id_mismatch"),
                        new Client(
                                "no assertion",
                                f -> {
                                    f.remove("client_assertion");
                                    f.remove("client_assertion_type");
                                },
                                401,
                                client,
                                "client_assertion_missing"),
                        new Client(
                                "assertion without its type",
                                f -> f.remove("client_assertion_type"),
                                401,
                                client,
                                "client_assertion_unsupported"),
                        new Client(
                                "assertion of an unknown type",
                                f -> f.put(
                                        "client_assertion_type",
                                        "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"),
                                401,
                                client,
                                "client_assertion_unsupported"),
                        new Client("a secret", f -> f.put("client_secret", "x"), 401, client, "client_secret"),
                        new Client(
                                "type without assertion",
                                f -> f.remove("client_assertion"),
                                400,
                                "invalid_request",
                                "client_assertion_missing"),
                        new Client(
                                "an agent of nobody",
                                f -> f.put(
                                        "client_assertion",
                                        Surroundings.WORKLOADS.token("nobody", c -> c.audience(BrokerTest.ISSUER))),
                                401,
                                client,
                                "no_agent"),
                        // CVE class "subject token dropped".
                        new Client(
                                "a subject that would be dropped",
                                f -> f.put("subject_token", Surroundings.PEOPLE.token(PERSON)),
                                400,
                                "invalid_request",
                                "grant_type"))
                .map(one -> DynamicTest.dynamicTest(one.name(), () -> {
                    Map<String, String> form = clientCredentials(agent, tool, assertion(c -> {}));
                    one.change().accept(form);

                    refusals.assertRefused(
                            new Expected(one.status(), one.error(), one.reason()), () -> scene.exchange(form));
                }));
    }

    @Test
    void theMetadataListsWhatThereIs() {
        JsonNode metadata =
                scene.anonymous().get("/.well-known/oauth-authorization-server").json();

        assertThat(metadata.path("grant_types_supported").valueStream().map(JsonNode::asString))
                .contains(Scene.GRANT, "client_credentials");
        assertThat(metadata.path("token_endpoint_auth_methods_supported").toString())
                .isEqualTo("[\"none\",\"private_key_jwt\",\"spiffe_jwt\"]");
        assertThat(metadata.path("token_endpoint_auth_signing_alg_values_supported")
                        .valueStream()
                        .map(JsonNode::asString))
                .contains("ES256", "RS256", "PS256", "EdDSA", "Ed25519")
                .noneMatch(alg -> alg.equals("none") || alg.startsWith("HS"));
        assertThat(metadata.path("dpop_signing_alg_values_supported").toString())
                .isEqualTo("[\"ES256\",\"PS256\",\"RS256\",\"EdDSA\",\"Ed25519\"]");
        assertThat(metadata.path("tls_client_certificate_bound_access_tokens").asBoolean(true))
                .isFalse();
    }

    /** MCP's SDKs read no metadata without an authorization endpoint, and nothing is to begin there. */
    @Test
    void noGrantBeginsInABrowser() {
        String endpoint = scene.anonymous()
                .get("/.well-known/oauth-authorization-server")
                .json()
                .path("authorization_endpoint")
                .asString();
        assertThat(endpoint).isEqualTo(BrokerTest.ISSUER + "/oauth2/authorize");

        Answer answer = scene.anonymous()
                .get("/oauth2/authorize?response_type=code&client_id=" + agent
                        + "&redirect_uri=https://elsewhere.example");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().path("error").asString()).isEqualTo("unsupported_response_type");
        assertThat(answer.text()).doesNotContain("elsewhere");
    }

    private record Wrong(String name, Consumer<Map<String, String>> change, String reason) {}

    private static Wrong wrong(String name, Consumer<Map<String, String>> change, String reason) {
        return new Wrong(name, change, reason);
    }

    private record Client(String name, Consumer<Map<String, String>> change, int status, String error, String reason) {}

    private String assertion(Consumer<JWTClaimsSet.Builder> shape) {
        return Surroundings.WORKLOADS.token(agent, c -> {
            c.audience(BrokerTest.ISSUER);
            shape.accept(c);
        });
    }

    /** The parameters of a good request of an agent for one action, by an assertion. */
    static Map<String, String> clientCredentials(String agent, String tool, String assertion) {
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("grant_type", "client_credentials");
        form.remove("subject_token");
        form.remove("subject_token_type");
        form.put("client_id", agent);
        form.put("client_assertion_type", BEARER);
        form.put("client_assertion", assertion);
        return form;
    }
}
