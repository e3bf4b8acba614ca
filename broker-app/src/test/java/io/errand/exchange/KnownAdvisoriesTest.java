package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.JWTClaimsSet;
import io.errand.exchange.Refusals.Expected;
import io.errand.testing.BrokerTest;
import io.errand.testing.Forgeries;
import io.errand.testing.Forgeries.Forgery;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.TestIssuer;
import io.errand.testing.Wire.Answer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** What others' advisories tell of code of this kind, tried on this one. What they name is in each test's name. */
@BrokerTest
class KnownAdvisoriesTest {

    private static final TestIssuer ONCE = new TestIssuer();
    private static final TestIssuer OTHER_ONCE = new TestIssuer();

    private final String agent = Scene.name("advised");
    private final String tool = Scene.name("advised-tool");
    private final Scene scene;
    private final Refusals refusals;

    KnownAdvisoriesTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        scene = new Scene(port);
        refusals = new Refusals(scene, jdbc);
    }

    @AfterAll
    static void close() {
        ONCE.close();
        OTHER_ONCE.close();
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of("identities", List.of(Map.of("issuer", "workloads", "subject", tool + "-service"))));
        scene.permits();
        singleUse("advised-once", ONCE);
        singleUse("advised-once-too", OTHER_ONCE);
        scene.agent(
                agent,
                tool,
                Map.of(
                        "identities",
                        List.of(
                                Map.of("issuer", "workloads", "subject", agent),
                                Map.of("issuer", "advised-once", "subject", agent),
                                Map.of("issuer", "advised-once-too", "subject", agent))));
    }

    @Test
    @DisplayName(
            "CVE-2026-9704 (Keycloak): a subject token that is too long or empty is not dropped as if it were absent")
    void subjectTokenDropped() {
        Map<String, String> form = withActor(Scene.request(agent, tool, "read"));

        form.put("subject_token", "e".repeat(50_000));
        refusals.assertRefused(Expected.invalidRequest("token_too_large"), () -> scene.exchange(form));
        form.put("subject_token", "");
        refusals.assertRefused(Expected.invalidRequest("subject_token_missing"), () -> scene.exchange(form));
        form.remove("subject_token");
        refusals.assertRefused(Expected.invalidRequest("subject_token_missing"), () -> scene.exchange(form));
    }

    @Test
    @DisplayName("keycloak#52691: may_act and act bind also where no actor token is shown")
    void mayActBypassed() {
        for (Map.Entry<String, String> one :
                Map.of("may_act", "may_act_mismatch", "act", "actor_not_shown").entrySet()) {
            Map<String, String> form = Scene.request(agent, tool, "read");
            form.put(
                    "subject_token",
                    Surroundings.WORKLOADS.token(agent, c -> c.claim(one.getKey(), Map.of("sub", "somebody-else"))));
            refusals.assertRefused(Expected.invalidRequest(one.getValue()), () -> scene.exchange(form));
        }
    }

    @Test
    @DisplayName("keycloak#49215: a forged token does not use up the jti of the good one")
    void tokenIdStoredBeforeVerification() {
        Consumer<JWTClaimsSet.Builder> sameId = claims -> claims.jwtID("stored-when-" + agent);
        String good = ONCE.token(agent, sameId);
        String forged = good.substring(0, good.lastIndexOf('.') + 1)
                + ONCE.token("x").substring(ONCE.token("x").lastIndexOf('.') + 1);

        refusals.assertRefused(Expected.invalidRequest("signature_invalid"), () -> exchange(forged));

        granted(exchange(good));
    }

    @Test
    @DisplayName("keycloak#49215: a jti is one issuer's own, and another issuer's does not block it")
    void tokenIdWithoutNamespace() {
        Consumer<JWTClaimsSet.Builder> sameId = claims -> claims.jwtID("namespace-of-" + agent);

        granted(exchange(OTHER_ONCE.token(agent, sameId)));
        granted(exchange(ONCE.token(agent, sameId)));
    }

    @Test
    @DisplayName("keycloak#43505: a token that lives on the clock skew alone is remembered as long as it is accepted")
    void tokenIdForgottenBeforeItsEnd() {
        Date past = Date.from(Instant.now().minusSeconds(30));
        String token = ONCE.token(
                agent,
                claims -> claims.expirationTime(past)
                        .issueTime(Date.from(Instant.now().minusSeconds(90))));

        granted(exchange(token));

        refusals.assertRefused(Expected.invalidRequest("replayed"), () -> exchange(token));
    }

    @Test
    @DisplayName("CVE-2025-2559 (Keycloak): a token of an excessive lifetime is refused, and not remembered for years")
    void tokenIdsKeptForYears() {
        String token = ONCE.token(
                agent, claims -> claims.expirationTime(Date.from(Instant.now().plusSeconds(86_400 * 3_650L))));

        refusals.assertRefused(Expected.invalidRequest("lifetime_too_long"), () -> exchange(token));
    }

    @Test
    @DisplayName(
            "CVE-2026-93999 (Keycloak): what was disabled meanwhile is not granted again by way of an older task token")
    void disabledOnRefresh() {
        JsonNode granted = granted(scene.exchange(Scene.request(agent, tool, "read")));
        scene.agent(agent, tool, Map.of("tools", List.of()));

        refusals.assertRefused(
                new Expected(400, "invalid_target", "tool_outside_ceiling"),
                () -> scene.exchange(more(granted, "read")));
        assertThat(renewed(granted).status()).isEqualTo(403);
        cancel(granted);
    }

    @Test
    @DisplayName("CVE-2026-1609 (Keycloak): a suspended agent gets nothing, by a new token or by an older task")
    void disabledPrincipal() {
        JsonNode granted = granted(scene.exchange(Scene.request(agent, tool, "read")));
        scene.agent(agent, tool, Map.of("state", "suspended"));

        refusals.assertRefused(
                new Expected(400, "access_denied", "agent_suspended"),
                () -> scene.exchange(Scene.request(agent, tool, "read")));
        Answer more = scene.exchange(more(granted, "read"));
        assertThat(more.status()).as(more.text()).isEqualTo(400);
        assertThat(renewed(granted).status()).isIn(401, 403, 409);
    }

    @Test
    @DisplayName("CVE-2026-56668 (ZITADEL): an exchange for the same task asks for no more than the task was granted")
    void upscoping() {
        JsonNode granted = granted(scene.exchange(Scene.request(agent, tool, "read")));

        Answer wider = scene.exchange(more(granted, "write"));

        assertThat(wider.status()).as(wider.text()).isEqualTo(400);
        assertThat(wider.json().path("error").asString()).isIn("invalid_authorization_details", "access_denied");
        cancel(granted);
    }

    @Test
    @DisplayName(
            "CVE-2026-37979, CVE-2026-18208 (Keycloak): introspection tells others nothing, in whatever form they ask")
    void introspectionForOthers() {
        JsonNode granted = granted(scene.exchange(Scene.request(agent, tool, "read")));
        String credential = granted.at("/credentials/0/data/token").asString();
        var stranger = scene.anonymous().as(Surroundings.WORKLOADS.token("somebody-else"));

        for (String form :
                List.of("application/json", "application/jwt", "application/token-introspection+jwt", "*/*")) {
            for (String token : List.of(credential, granted.path("access_token").asString())) {
                Answer answer = stranger.with("Accept", form).form("/oauth2/introspect", Map.of("token", token));
                assertThat(said(answer.text())).doesNotContain(agent, tool, "eyJ");
            }
        }
        assertThat(stranger.form("/oauth2/introspect", Map.of("token", credential))
                        .text())
                .isEqualTo("{\"active\":false}");
        cancel(granted);
    }

    @Test
    @DisplayName("ts-oauth2-server#247: introspection believes no claim of a token whose signature is not ours")
    void introspectionOfAnEditedToken() {
        JsonNode granted = granted(scene.exchange(Scene.request(agent, tool, "read")));
        String[] parts = granted.at("/credentials/0/data/token").asString().split("\\.");
        String[] other = granted.path("access_token").asString().split("\\.");

        Answer answer = scene.as("errand.introspect")
                .form("/oauth2/introspect", Map.of("token", parts[0] + "." + parts[1] + "." + other[2]));

        assertThat(answer.text()).isEqualTo("{\"active\":false}");
        cancel(granted);
    }

    @Test
    @DisplayName("CVE-2026-27840 (ZITADEL): a token that is cut short is no token")
    void truncatedToken() {
        JsonNode granted = granted(scene.exchange(Scene.request(agent, tool, "read")));
        String token = granted.path("access_token").asString();
        String shorter = token.substring(0, token.length() - 4);

        assertThat(scene.as("errand.introspect")
                        .form("/oauth2/introspect", Map.of("token", shorter))
                        .text())
                .isEqualTo("{\"active\":false}");
        assertThat(scene.anonymous()
                        .as(shorter)
                        .get("/v1/tasks/" + granted.at("/task/id").asString())
                        .status())
                .isEqualTo(401);
        cancel(granted);
    }

    @ParameterizedTest
    @CsvSource({"another-service", "''", "errand.example", "ERRAND", "https://errand"})
    @DisplayName(
            "CVE-2024-5798 (Vault), GHSA-g5h5-m4hm-xjrr (ZITADEL): an audience that is one text is compared as well")
    void audienceThatIsText(String audience) {
        refusals.assertRefused(
                Expected.invalidRequest("audience_mismatch"),
                () -> exchange(Surroundings.WORKLOADS.token(agent, claims -> claims.audience(audience))));
    }

    @Test
    @DisplayName(
            "CVE-2026-16093 (Keycloak): an unsigned client assertion beside a good token is refused, not passed over")
    void assertionThatNobodySigned() {
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        form.put("client_assertion", "eyJhbGciOiJub25lIn0.e30.");

        Answer answer = scene.exchange(form);

        assertThat(answer.status()).as(answer.text()).isIn(400, 401);
        assertThat(answer.json().path("error").asString()).isIn("invalid_client", "invalid_request");
    }

    @ParameterizedTest
    @CsvSource({
        "CVE-2021-22160 (Apache Pulsar), alg none",
        "CVE-2016-10555 (jwt-simple), HMAC with the RSA public key",
        "CVE-2026-22817 (Hono), HMAC with the RSA public key",
        "CVE-2018-0114 (node-jose), jwk of the attacker",
        "CVE-2022-21449 (JDK), r and s zero",
        "CVE-2020-28042 (ServiceStack), empty signature"
    })
    @DisplayName("Libraries that believed a token's own header, or a signature that is none")
    void believedHeaders(String advisory, String name) {
        Forgery forgery = Forgeries.all().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();

        refusals.assertRefused(
                Expected.invalidRequest(forgery.reason()),
                () -> exchange(forgery.token().apply(Surroundings.WORKLOADS)));
    }

    /** Of an answer that is a token, what is in it. */
    private static String said(String answer) {
        return answer.startsWith("eyJ")
                ? new String(Base64.getUrlDecoder().decode(answer.split("\\.")[1]), StandardCharsets.UTF_8)
                : answer;
    }

    private void singleUse(String name, TestIssuer issuer) {
        Answer answer = scene.admin()
                .put(
                        "/admin/v1/issuers/" + name,
                        Map.of(
                                "issuer", issuer.url(),
                                "jwks", Map.of("discovery", true),
                                "audiences", List.of("errand"),
                                "single_use", true,
                                "purpose", "workload"));
        assertThat(answer.status()).as(answer.text()).isIn(200, 201);
    }

    /** Without tools: what is asked is whether the token is trusted. */
    private Answer exchange(String token) {
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.remove("authorization_details");
        form.put("subject_token", token);
        return scene.exchange(form);
    }

    private Answer renewed(JsonNode granted) {
        return scene.anonymous()
                .as(granted.path("access_token").asString())
                .post("/v1/leases/" + granted.at("/credentials/0/lease_id").asString() + "/renew", Map.of());
    }

    private Map<String, String> withActor(Map<String, String> form) {
        form.put("actor_token", Surroundings.WORKLOADS.token(agent));
        form.put("actor_token_type", Scene.JWT);
        return form;
    }

    private Map<String, String> more(JsonNode granted, String action) {
        Map<String, String> form = withActor(new HashMap<>(Scene.request(agent, tool, action)));
        form.remove("task");
        form.put("subject_token", granted.path("access_token").asString());
        form.put("subject_token_type", Scene.ACCESS_TOKEN);
        return form;
    }

    /** Not waited for: a jwt credential is seen to be gone only at its own end. */
    private void cancel(JsonNode granted) {
        scene.anonymous()
                .as(granted.path("access_token").asString())
                .post("/v1/tasks/" + granted.at("/task/id").asString() + "/cancel", "");
    }

    private static JsonNode granted(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }
}
