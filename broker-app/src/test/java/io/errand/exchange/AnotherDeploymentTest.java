package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.JWTClaimsSet;
import io.errand.exchange.Refusals.Expected;
import io.errand.testing.BrokerTest;
import io.errand.testing.Forgeries;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.TestIssuer;
import io.errand.testing.Wire.Answer;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/**
 * A {@code jwt} credential of another deployment is a subject here: a chain across two keeps who asked, for whom and by whose
 * approval, as that deployment's word, and only narrows.
 */
@BrokerTest
class AnotherDeploymentTest {

    private static final TestIssuer OTHER = new TestIssuer();

    private final String agent = Scene.name("branch");
    private final String tool = Scene.name("ledger");
    private final Scene scene;
    private final Refusals refusals;

    AnotherDeploymentTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        scene = new Scene(port);
        refusals = new Refusals(scene, jdbc);
    }

    @BeforeEach
    void registered() {
        Answer put = scene.admin()
                .put(
                        "/admin/v1/issuers/headquarters",
                        Map.of(
                                "issuer", OTHER.url(),
                                "jwks", Map.of("discovery", true),
                                "audiences", List.of(BrokerTest.ISSUER),
                                "purpose", "errand"));
        assertThat(put.status()).as(put.text()).isIn(200, 201);
        scene.jwtTool(tool, Map.of());
        scene.jwtTool(tool + "-two", Map.of());
        register(List.of(Map.of("issuer", "headquarters", "clients", List.of("planner"))));
        scene.permits();
    }

    private void register(List<Map<String, Object>> onBehalfOf) {
        scene.agent(
                agent,
                tool,
                Map.of(
                        "tools",
                        List.of(
                                Map.of("tool", tool, "actions", List.of("read", "write")),
                                Map.of("tool", tool + "-two", "actions", List.of("read"))),
                        "on_behalf_of",
                        onBehalfOf));
    }

    /** As the backend {@code jwt} of the other deployment signs one. */
    private String credential(Consumer<JWTClaimsSet.Builder> shape) {
        return typed("JWT", shape);
    }

    private String typed(String typ, Consumer<JWTClaimsSet.Builder> shape) {
        return TestIssuer.sign(
                OTHER.ec(), JWSAlgorithm.ES256, new JOSEObjectType(typ), OTHER.claims("person:corp:ann", claims -> {
                    claims.audience(BrokerTest.ISSUER)
                            .claim("client_id", "planner")
                            .claim("act", Map.of("sub", "agent:planner", "act", Map.of("sub", "agent:assistant")))
                            .claim("task", Map.of("id", "t-1", "type", "plan", "root", "t-0"))
                            .claim("approval", Map.of("id", "a-1", "groups", List.of("finance")))
                            .claim(
                                    "authorization_details",
                                    List.of(Map.of(
                                            "type", "tool_access", "identifier", tool, "actions", List.of("read"))));
                    shape.accept(claims);
                }));
    }

    private Map<String, String> request(String credential, String... actions) {
        Map<String, String> form = Scene.request(agent, tool, actions);
        form.put("actor_token", form.get("subject_token"));
        form.put("actor_token_type", Scene.JWT);
        form.put("subject_token", credential);
        form.put("subject_token_type", Scene.ACCESS_TOKEN);
        return form;
    }

    private static JsonNode granted(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    @Test
    void theChainKeepsWhoAskedThereAndForWhom() {
        JsonNode granted = granted(scene.exchange(request(credential(claims -> {}), "read")));

        JsonNode credential =
                scene.verified(granted.at("/credentials/0/data/token").asString());
        assertThat(credential.path("sub").asString()).isEqualTo("person:headquarters:person:corp:ann");
        assertThat(credential.at("/act/sub").asString()).isEqualTo("agent:" + agent);
        assertThat(credential.at("/act/act/sub").asString()).isEqualTo("agent:planner");
        assertThat(credential.at("/act/act/iss").asString()).isEqualTo(OTHER.url());
        assertThat(credential.at("/act/act/act/sub").asString()).isEqualTo("agent:assistant");
        assertThat(credential.at("/act/act/act/iss").asString()).isEqualTo(OTHER.url());
        JsonNode event = scene.events(
                        "kind=exchange.granted&task=" + granted.at("/task/id").asString())
                .getFirst();
        assertThat(event.at("/details/vouched/sub").asString()).isEqualTo("person:corp:ann");
        assertThat(event.at("/details/vouched/task/id").asString()).isEqualTo("t-1");
        assertThat(event.at("/details/vouched/approval/id").asString()).isEqualTo("a-1");
        scene.end(granted);
    }

    /** Who is not the other deployment's agent, but acts there for itself, is the subject and no actor. */
    @Test
    void anAgentThatActedForItselfThereIsTheSubject() {
        JsonNode granted = granted(scene.exchange(
                request(credential(claims -> claims.subject("agent:planner").claim("act", null)), "read")));

        JsonNode credential =
                scene.verified(granted.at("/credentials/0/data/token").asString());
        assertThat(credential.path("sub").asString()).isEqualTo("person:headquarters:agent:planner");
        assertThat(credential.at("/act/act").isMissingNode()).isTrue();
        scene.end(granted);
    }

    @Test
    void neverMoreThanItsAuthorizationDetails() {
        refusals.assertRefused(
                new Expected(400, "invalid_authorization_details", "action_outside_ceiling"),
                () -> scene.exchange(request(credential(claims -> {}), "read", "write")));
        Map<String, String> another = request(credential(claims -> {}), "read");
        another.remove("authorization_details");
        another.put("audience", tool + "-two");
        refusals.assertRefused(
                new Expected(400, "invalid_target", "tool_outside_ceiling"), () -> scene.exchange(another));
        Map<String, String> all = request(credential(claims -> {}), "read");
        all.remove("authorization_details");
        all.remove("task");
        all.put("audience", tool);
        JsonNode granted = granted(scene.exchange(all));
        assertThat(granted.path("scope").asString()).isEqualTo(tool + ":read");
    }

    /** What was granted is the task's ceiling: more for it is no more than that. */
    @Test
    void moreForTheTaskIsNoMoreEither() {
        JsonNode granted = granted(scene.exchange(request(credential(claims -> {}), "read")));
        Map<String, String> more = request(granted.path("access_token").asString(), "write");
        more.remove("task");

        refusals.assertRefused(
                new Expected(400, "invalid_authorization_details", "action_outside_ceiling"),
                () -> scene.exchange(more));
        scene.end(granted);
    }

    @Test
    void itsEndIsTheTasksEnd() {
        JsonNode granted = granted(scene.exchange(request(
                credential(claims -> claims.expirationTime(
                        java.util.Date.from(java.time.Instant.now().plusSeconds(30)))),
                "read")));

        assertThat(granted.path("expires_in").asLong()).isLessThanOrEqualTo(30);
        scene.end(granted);
    }

    /** A list there, and what becomes of a credential whose entry 10 is 0 on it; null: it is taken. */
    private record StatusCase(
            String name, @Nullable Expected expected, String lst, Consumer<JWTClaimsSet.Builder> shape) {}

    /** The example of Token Status List §4.1: the bytes B9 A3, whose entry 8 is 1 and whose entry 10 is 0. */
    private static final String LST = "eNrbuRgAAhcBXQ";

    private static final Expected LATER = new Expected(503, "temporarily_unavailable", "status_unavailable");

    private String listed(String path, String typ, StatusCase given) {
        String uri = OTHER.url() + path;
        return TestIssuer.sign(OTHER.ec(), JWSAlgorithm.ES256, new JOSEObjectType(typ), OTHER.claims(uri, claims -> {
            claims.audience((String) null).claim("ttl", 5).claim("status_list", Map.of("bits", 1, "lst", given.lst()));
            given.shape().accept(claims);
        }));
    }

    private Answer shown(String uri, Object idx) {
        return scene.exchange(request(
                credential(claims -> claims.claim("status", Map.of("status_list", Map.of("idx", idx, "uri", uri)))),
                "read"));
    }

    @TestFactory
    Stream<DynamicTest> whatHasEndedThereIsNoneHere() {
        return Stream.of(
                        new StatusCase("a good list", null, LST, c -> {}),
                        new StatusCase(
                                "without exp and ttl",
                                null,
                                LST,
                                c -> c.expirationTime(null).claim("ttl", null)),
                        new StatusCase("of another deployment", LATER, LST, c -> c.issuer("https://x.example")),
                        new StatusCase("another list", LATER, LST, c -> c.subject(OTHER.url() + "/lists/x")),
                        new StatusCase("an old list", LATER, LST, c -> c.expirationTime(new Date(1_000_000))),
                        new StatusCase("of no time", LATER, LST, c -> c.issueTime(null)),
                        new StatusCase("no list in it", LATER, LST, c -> c.claim("status_list", "x")),
                        new StatusCase(
                                "three bits", LATER, LST, c -> c.claim("status_list", Map.of("bits", 3, "lst", LST))),
                        new StatusCase("not compressed", LATER, "uaM", c -> {}),
                        new StatusCase("not base64url", LATER, "+/==", c -> {}))
                .map(given -> DynamicTest.dynamicTest(given.name(), () -> {
                    String path = "/lists/" + Scene.name("list");
                    OTHER.answer(path, () -> listed(path, "statuslist+jwt", given));
                    if (given.expected() != null) {
                        refusals.assertRefused(given.expected(), () -> shown(OTHER.url() + path, 10));
                        return;
                    }
                    scene.end(granted(shown(OTHER.url() + path, 10)));
                    refusals.assertRefused(Expected.invalidRequest("status_ended"), () -> shown(OTHER.url() + path, 8));
                    refusals.assertRefused(
                            Expected.invalidRequest("status_invalid"), () -> shown(OTHER.url() + path, 16));
                }));
    }

    @Test
    void aListIsAskedForAtThatDeploymentAloneAndIsItsOwn() {
        StatusCase good = new StatusCase("", null, LST, c -> {});
        OTHER.answer("/lists/typ", () -> listed("/lists/typ", "JWT", good));
        OTHER.answer("/lists/forged", () -> listed("/lists/forged", "statuslist+jwt", good) + "A");

        refusals.assertRefused(LATER, () -> shown(OTHER.url() + "/lists/typ", 10));
        refusals.assertRefused(LATER, () -> shown(OTHER.url() + "/lists/forged", 10));
        refusals.assertRefused(LATER, () -> shown(OTHER.url() + "/none", 10));
        for (Object elsewhere : List.of("http://127.0.0.1:9/lists/1", OTHER.url() + ".example/lists/1", OTHER.url())) {
            refusals.assertRefused(Expected.invalidRequest("status_invalid"), () -> shown(elsewhere.toString(), 10));
        }
        for (Object idx : List.of(-1, "10", 1.5, Map.of())) {
            refusals.assertRefused(
                    Expected.invalidRequest("status_invalid"), () -> shown(OTHER.url() + "/lists/typ", idx));
        }
        refusals.assertRefused(
                Expected.invalidRequest("status_invalid"),
                () -> scene.exchange(request(credential(claims -> claims.claim("status", "good")), "read")));
    }

    /** One thing wrong. */
    private record Wrong(String name, Consumer<JWTClaimsSet.Builder> shape, String reason) {}

    @TestFactory
    Stream<DynamicTest> whatIsNoSuchCredentialIsRefused() {
        return Stream.of(
                        new Wrong("another audience", c -> c.audience("errand"), "audience_mismatch"),
                        new Wrong("its own audience", c -> c.audience(OTHER.url()), "audience_mismatch"),
                        new Wrong(
                                "an audience like ours", c -> c.audience(BrokerTest.ISSUER + "x"), "audience_mismatch"),
                        new Wrong(
                                "ours and another",
                                c -> c.audience(List.of(BrokerTest.ISSUER, "https://x.example")),
                                "audience_mismatch"),
                        new Wrong(
                                "administrators' audience",
                                c -> c.audience(BrokerTest.ISSUER + "/admin"),
                                "audience_mismatch"),
                        new Wrong(
                                "of no listed agent",
                                c -> c.claim("client_id", "stranger"),
                                "on_behalf_of_not_allowed"),
                        new Wrong("of no agent", c -> c.claim("client_id", null), "on_behalf_of_not_allowed"),
                        new Wrong("no details", c -> c.claim("authorization_details", null), "mandate_malformed"),
                        new Wrong("details are text", c -> c.claim("authorization_details", "x"), "mandate_malformed"),
                        new Wrong(
                                "actions are numbers",
                                c -> c.claim(
                                        "authorization_details",
                                        List.of(Map.of(
                                                "type", "tool_access", "identifier", tool, "actions", List.of(1)))),
                                "mandate_malformed"),
                        new Wrong("of an unknown deployment", c -> c.issuer("https://x.example"), "issuer_unknown"))
                .map(wrong -> DynamicTest.dynamicTest(
                        wrong.name(),
                        () -> refusals.assertRefused(
                                Expected.invalidRequest(wrong.reason()),
                                () -> scene.exchange(request(credential(wrong.shape()), "read")))));
    }

    @TestFactory
    Stream<DynamicTest> otherTokensOfThatDeploymentAreNone() {
        return Stream.of(
                        "errand-delegation+jwt",
                        "errand-receipt+jwt",
                        "statuslist+jwt",
                        "secevent+jwt",
                        "token-introspection+jwt",
                        "oauth-id-jag+jwt")
                .map(typ -> DynamicTest.dynamicTest(
                        typ,
                        () -> refusals.assertRefused(
                                Expected.invalidRequest("type_mismatch"),
                                () -> scene.exchange(request(typed(typ, claims -> {}), "read")))));
    }

    @TestFactory
    Stream<DynamicTest> forgeriesAreRefused() {
        return Forgeries.oneOfEachReason(OTHER).stream()
                .map(forgery -> DynamicTest.dynamicTest(
                        forgery.name(),
                        () -> refusals.assertRefused(
                                Expected.invalidRequest(null),
                                () -> scene.exchange(request(forgery.token().apply(OTHER), "read")))));
    }

    @Test
    void itIsNoWorkloadAssertionOrAdministrator() {
        Map<String, String> alone = Scene.request(agent, tool, "read");
        alone.put("subject_token", credential(claims -> {}));
        Map<String, String> actor = request(Surroundings.PEOPLE.token("ann", c -> c.claim("azp", "portal")), "read");
        actor.put("actor_token", credential(claims -> {}));
        Map<String, String> assertion = new HashMap<>(Scene.request(agent, tool, "read"));
        assertion.keySet().removeAll(List.of("subject_token", "subject_token_type"));
        assertion.put("grant_type", "client_credentials");
        assertion.put("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        assertion.put("client_assertion", credential(claims -> {}));

        refusals.assertRefused(Expected.invalidRequest("issuer_purpose"), () -> scene.exchange(alone));
        refusals.assertRefused(Expected.invalidRequest("issuer_purpose"), () -> scene.exchange(actor));
        refusals.assertRefused(new Expected(401, "invalid_client", "issuer_purpose"), () -> scene.exchange(assertion));
        assertThat(scene.anonymous()
                        .as(credential(claims -> {}))
                        .get("/admin/v1/tools")
                        .status())
                .isEqualTo(401);
    }

    @Test
    void byDefaultNoAgentActsForAnotherDeployment() {
        register(List.of());

        refusals.assertRefused(
                Expected.invalidRequest("on_behalf_of_not_allowed"),
                () -> scene.exchange(request(credential(claims -> {}), "read")));
    }

    @Test
    void aLockOnThatDeploymentStopsItHere() {
        JsonNode granted = granted(scene.exchange(request(credential(claims -> {}), "read")));
        Answer locked = scene.as("errand.operator", "errand.admin")
                .post(
                        "/admin/v1/revocations",
                        Map.of("scope", Map.of("issuer", "headquarters"), "reason", "test", "lock", true));
        assertThat(locked.status()).as(locked.text()).isEqualTo(202);

        refusals.assertRefused(
                new Expected(400, "access_denied", "locked"),
                () -> scene.exchange(request(credential(claims -> {}), "read")));
        JsonNode seen = scene.as("errand.introspect")
                .form(
                        "/oauth2/introspect",
                        Map.of("token", granted.path("access_token").asString()))
                .json();
        assertThat(seen.path("active").asBoolean()).isFalse();
        JsonNode lock = scene.admin().get("/admin/v1/locks").json();
        for (JsonNode one : lock.path("items")) {
            if (one.path("scope").path("issuer").asString("").equals("headquarters")) {
                scene.admin().delete("/admin/v1/locks/" + one.path("id").asString());
            }
        }
    }
}
