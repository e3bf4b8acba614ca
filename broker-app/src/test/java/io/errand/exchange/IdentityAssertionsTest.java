package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.JWTClaimsSet;
import io.errand.exchange.Refusals.Expected;
import io.errand.testing.BrokerTest;
import io.errand.testing.Forgeries;
import io.errand.testing.Prover;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.TestIssuer;
import io.errand.testing.Wire.Answer;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
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

/**
 * The grant {@code jwt-bearer} with an Identity Assertion Authorization Grant (draft -05): a person's own issuer says that an agent
 * acts for them here, and on what. It never gives more than it says, and ends in the same exchange as all else.
 */
@BrokerTest
class IdentityAssertionsTest {

    private static final String GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private static final TestIssuer CORP = new TestIssuer();

    private final String agent = Scene.name("desk");
    private final String tool = Scene.name("crm");
    private final Scene scene;
    private final Refusals refusals;

    IdentityAssertionsTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        scene = new Scene(port);
        refusals = new Refusals(scene, jdbc);
    }

    @BeforeEach
    void registered() {
        issuer(true);
        scene.jwtTool(
                tool,
                Map.of(
                        "locations",
                        List.of("https://" + tool + ".example/mcp"),
                        "datatypes",
                        List.of(
                                Map.of("name", "accounts", "sensitivity", "internal"),
                                Map.of("name", "notes", "sensitivity", "internal"))));
        scene.jwtTool(tool + "-two", Map.of());
        scene.jwtTool(tool + "-far", Map.of());
        register(List.of("corp-jag"));
        scene.permits();
    }

    private void issuer(boolean idJag) {
        Answer put = scene.admin()
                .put(
                        "/admin/v1/issuers/corp-jag",
                        Map.of(
                                "issuer", CORP.url(),
                                "jwks", Map.of("discovery", true),
                                "audiences", List.of("errand"),
                                "purpose", "person",
                                "id_jag", idJag));
        assertThat(put.status()).as(put.text()).isIn(200, 201);
    }

    private void register(List<String> issuers) {
        scene.agent(
                agent,
                tool,
                Map.of(
                        "tools",
                        List.of(
                                Map.of("tool", tool, "actions", List.of("read", "write")),
                                Map.of("tool", tool + "-two", "actions", List.of("read"))),
                        "on_behalf_of",
                        issuers.stream()
                                .map(name -> Map.of("issuer", name, "clients", List.of("portal")))
                                .toList()));
    }

    private String assertion(Consumer<JWTClaimsSet.Builder> shape) {
        return typed("oauth-id-jag+jwt", shape);
    }

    private String typed(String typ, Consumer<JWTClaimsSet.Builder> shape) {
        return TestIssuer.sign(CORP.ec(), JWSAlgorithm.ES256, new JOSEObjectType(typ), CORP.claims("ann", claims -> {
            claims.audience(BrokerTest.ISSUER).claim("client_id", agent);
            shape.accept(claims);
        }));
    }

    /** By the agent, whose assertion is accepted once each. */
    private Map<String, String> request(String assertion) {
        Map<String, String> form = new HashMap<>();
        form.put("grant_type", GRANT);
        form.put("assertion", assertion);
        form.put("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        form.put("client_assertion", Surroundings.WORKLOADS.token(agent, claims -> claims.audience(BrokerTest.ISSUER)));
        return form;
    }

    private Map<String, String> request(Consumer<JWTClaimsSet.Builder> shape, String... parameters) {
        Map<String, String> form = request(assertion(shape));
        for (int i = 0; i < parameters.length; i += 2) {
            form.put(parameters[i], parameters[i + 1]);
        }
        return form;
    }

    private static JsonNode granted(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    @TestFactory
    Stream<DynamicTest> whatTheAssertionNamesIsGrantedAndNoMore() {
        String mcp = "https://" + tool + ".example/mcp";
        Map<String, String[]> rows = new TreeMap<>();
        rows.put("resource claim", new String[] {mcp, null, tool + ":read " + tool + ":write"});
        rows.put(
                "resource claim by its address",
                new String[] {BrokerTest.ISSUER + "/tools/" + tool, null, tool + ":read " + tool + ":write"});
        rows.put("scope claim", new String[] {null, tool + ":read", tool + ":read"});
        rows.put("both", new String[] {mcp, tool + ":write " + tool + ":read", tool + ":read " + tool + ":write"});
        return rows.entrySet().stream()
                .map(row -> DynamicTest.dynamicTest(row.getKey(), () -> {
                    Map<String, String> form = request(claims -> {
                        if (row.getValue()[0] != null) {
                            claims.claim("resource", row.getValue()[0]);
                        }
                        if (row.getValue()[1] != null) {
                            claims.claim("scope", row.getValue()[1]);
                        }
                    });

                    JsonNode granted = granted(scene.exchange(form));

                    assertThat(granted.path("scope").asString()).isEqualTo(row.getValue()[2]);
                    JsonNode credential =
                            scene.verified(granted.path("access_token").asString());
                    assertThat(credential.path("aud").asString()).isEqualTo("https://" + tool + ".example");
                    assertThat(credential.path("sub").asString()).isEqualTo("person:corp-jag:ann");
                    assertThat(credential.path("act").path("sub").asString()).isEqualTo("agent:" + agent);
                    assertThat(granted.has("task_token")).isFalse();
                }));
    }

    @Test
    void parametersOnlyNarrow() {
        Consumer<JWTClaimsSet.Builder> both = claims -> claims.claim("scope", tool + ":read " + tool + ":write");

        JsonNode narrowed = granted(scene.exchange(request(both, "scope", tool + ":read")));

        assertThat(narrowed.path("scope").asString()).isEqualTo(tool + ":read");
        refusals.assertRefused(
                new Expected(400, "invalid_scope", "action_outside_ceiling"),
                () -> scene.exchange(request(
                        claims -> claims.claim("scope", tool + ":read"), "scope", tool + ":read " + tool + ":write")));
        refusals.assertRefused(
                new Expected(400, "invalid_target", "tool_outside_ceiling"),
                () -> scene.exchange(request(both, "audience", tool + "-two")));
    }

    @Test
    void authorizationDetailsOfTheAssertionLimitToTheirParts() {
        Consumer<JWTClaimsSet.Builder> notes = claims -> claims.claim(
                "authorization_details",
                List.of(
                        Map.of(
                                "type",
                                "tool_access",
                                "identifier",
                                tool,
                                "actions",
                                List.of("read"),
                                "datatypes",
                                List.of("notes")),
                        Map.of("type", "of_another_server")));

        JsonNode granted = granted(scene.exchange(request(notes)));

        assertThat(granted.at("/authorization_details/0/datatypes/0").asString())
                .isEqualTo("notes");
        refusals.assertRefused(
                new Expected(400, "invalid_authorization_details", "part_outside_ceiling"),
                () -> scene.exchange(request(
                        notes,
                        "authorization_details",
                        "[{\"type\":\"tool_access\",\"identifier\":\"" + tool
                                + "\",\"actions\":[\"read\"],\"datatypes\":[\"accounts\"]}]")));
    }

    @Test
    void whereNeitherNamesAToolThereIsNone() {
        refusals.assertRefused(
                new Expected(400, "invalid_target", "target_missing"), () -> scene.exchange(request(claims -> {})));
        JsonNode granted = granted(scene.exchange(request(claims -> {}, "audience", tool)));
        assertThat(granted.path("scope").asString()).contains(tool + ":read");
    }

    @Test
    void itIsShownAgainUntilItsEndAndIsOneTask() {
        String assertion = assertion(claims -> claims.claim("scope", tool + ":read"));

        JsonNode first = granted(scene.exchange(request(assertion)));
        JsonNode again = granted(scene.exchange(request(assertion)));

        assertThat(again.at("/task/id")).isEqualTo(first.at("/task/id"));
        assertThat(first.path("expires_in").asLong()).isLessThanOrEqualTo(300);
    }

    /** One that is bound to's key is worth nothing without it. */
    @Test
    void anAssertionThatIsBoundNeedsItsKey() {
        Prover holder = new Prover();
        Consumer<JWTClaimsSet.Builder> bound =
                claims -> claims.claim("scope", tool + ":read").claim("cnf", Map.of("jkt", holder.thumbprint()));
        String nonce = scene.anonymous().with("DPoP", "x").get("/v1/tasks/x").header("DPoP-Nonce");

        refusals.assertRefused(
                new Expected(400, "invalid_grant", "binding_mismatch"), () -> scene.exchange(request(bound)));
        JsonNode granted = granted(scene.anonymous()
                .with("DPoP", holder.proof("POST", "/oauth2/token", nonce, null))
                .form("/oauth2/token", request(bound)));
        assertThat(granted.path("token_type").asString()).isEqualTo("DPoP");
    }

    /** One thing wrong with an assertion. */
    private record Wrong(String name, Consumer<JWTClaimsSet.Builder> shape, String reason) {}

    @TestFactory
    Stream<DynamicTest> badOnesAreInvalidGrants() {
        Instant now = Instant.now();
        return Stream.of(
                        new Wrong("of another client", c -> c.claim("client_id", "x"), "assertion_of_another_client"),
                        new Wrong("of no client", c -> c.claim("client_id", null), "type_mismatch"),
                        new Wrong("without jti", c -> c.jwtID(null), "type_mismatch"),
                        new Wrong("without iat", c -> c.issueTime(null), "type_mismatch"),
                        new Wrong("without exp", c -> c.expirationTime(null), "expiry_invalid"),
                        new Wrong("without sub", c -> c.subject(null), "subject_invalid"),
                        new Wrong("another audience", c -> c.audience("errand"), "audience_mismatch"),
                        new Wrong(
                                "an audience like ours", c -> c.audience(BrokerTest.ISSUER + "/"), "audience_mismatch"),
                        new Wrong(
                                "ours and another audience",
                                c -> c.audience(List.of(BrokerTest.ISSUER, "https://x.example")),
                                "audience_mismatch"),
                        new Wrong(
                                "the administrators' audience",
                                c -> c.audience(BrokerTest.ISSUER + "/admin"),
                                "audience_mismatch"),
                        new Wrong("expired", c -> c.expirationTime(Date.from(now.minusSeconds(90))), "expired"),
                        new Wrong(
                                "long expired",
                                c -> c.issueTime(Date.from(now.minusSeconds(600)))
                                        .expirationTime(Date.from(now.minusSeconds(300))),
                                "expired"),
                        new Wrong(
                                "too long",
                                c -> c.expirationTime(Date.from(now.plusSeconds(86_400))),
                                "lifetime_too_long"),
                        new Wrong("not begun", c -> c.notBeforeTime(Date.from(now.plusSeconds(200))), "not_yet_valid"),
                        new Wrong("of another issuer", c -> c.issuer("https://x.example"), "issuer_unknown"),
                        new Wrong(
                                "of an issuer of workloads",
                                c -> c.issuer(Surroundings.WORKLOADS.url()),
                                "issuer_purpose"),
                        new Wrong("that was handed on", c -> c.claim("act", Map.of("sub", "x")), "chain_unknown"),
                        new Wrong("for somebody else", c -> c.claim("may_act", Map.of("sub", "x")), "chain_unknown"),
                        new Wrong(
                                "scope is no text",
                                c -> c.claim("scope", List.of(tool + ":read")),
                                "mandate_malformed"),
                        new Wrong("resource is a number", c -> c.claim("resource", 1), "mandate_malformed"),
                        new Wrong(
                                "details are an object",
                                c -> c.claim("authorization_details", Map.of("type", "tool_access")),
                                "mandate_malformed"),
                        new Wrong(
                                "details without actions",
                                c -> c.claim(
                                        "authorization_details",
                                        List.of(Map.of("type", "tool_access", "identifier", tool))),
                                "mandate_malformed"),
                        new Wrong(
                                "a hundred resources",
                                c -> c.claim("resource", java.util.Collections.nCopies(100, "https://x.example")),
                                "mandate_malformed"))
                .map(wrong -> DynamicTest.dynamicTest(wrong.name(), () -> {
                    Map<String, String> form = request(wrong.shape(), "audience", tool);

                    refusals.assertRefused(
                            new Expected(400, "invalid_grant", wrong.reason()), () -> scene.exchange(form));
                }));
    }

    @TestFactory
    Stream<DynamicTest> forgeriesAreInvalidGrants() {
        return Forgeries.oneOfEachReason(CORP).stream()
                .map(forgery -> DynamicTest.dynamicTest(forgery.name(), () -> {
                    Map<String, String> form = request(forgery.token().apply(CORP));
                    form.put("audience", tool);

                    refusals.assertRefused(new Expected(400, "invalid_grant", null), () -> scene.exchange(form));
                }));
    }

    @TestFactory
    Stream<DynamicTest> otherTokensAreNoAssertions() {
        JsonNode task = granted(scene.exchange(Scene.request(agent, tool, "read")));
        Map<String, String> tokens = new TreeMap<>(Map.of(
                "typ JWT", typed("JWT", claims -> {}),
                "typ at+jwt", typed("at+jwt", claims -> {}),
                "a person's token", Surroundings.PEOPLE.token("ann", claims -> claims.claim("azp", "portal")),
                "a workload's token", Surroundings.WORKLOADS.token(agent),
                "a task token", task.path("access_token").asString(),
                "a credential of our own", task.at("/credentials/0/data/token").asString()));
        return tokens.entrySet().stream()
                .map(one -> DynamicTest.dynamicTest(one.getKey(), () -> {
                    Map<String, String> form = request(one.getValue());
                    form.put("audience", tool);

                    refusals.assertRefused(new Expected(400, "invalid_grant", null), () -> scene.exchange(form));
                }));
    }

    @Test
    void anAssertionIsNoSubjectTokenWhateverItIsCalled() {
        for (String type : List.of(Scene.JWT, Scene.ACCESS_TOKEN, "urn:ietf:params:oauth:token-type:id_token")) {
            Map<String, String> form = Scene.request(agent, tool, "read");
            form.put("actor_token", form.get("subject_token"));
            form.put("actor_token_type", Scene.JWT);
            form.put(
                    "subject_token",
                    assertion(claims -> claims.audience("errand").claim("azp", agent)));
            form.put("subject_token_type", type);

            refusals.assertRefused(Expected.invalidRequest("type_mismatch"), () -> scene.exchange(form));
        }
        Map<String, String> named = Scene.request(agent, tool, "read");
        named.put("subject_token_type", "urn:ietf:params:oauth:token-type:id-jag");
        refusals.assertRefused(Expected.invalidRequest("subject_token_missing"), () -> scene.exchange(named));
    }

    @Test
    void theAgentShowsWhoItIs() {
        Map<String, String> nobody = request(claims -> {}, "audience", tool);
        nobody.remove("client_assertion");
        nobody.remove("client_assertion_type");
        Map<String, String> another = request(claims -> {}, "audience", tool);
        another.put(
                "client_assertion",
                Surroundings.WORKLOADS.token(Scene.name("other"), claims -> claims.audience(BrokerTest.ISSUER)));
        Map<String, String> missing = request(claims -> {}, "audience", tool);
        missing.remove("assertion");

        refusals.assertRefused(
                new Expected(401, "invalid_client", "client_assertion_missing"), () -> scene.exchange(nobody));
        refusals.assertRefused(new Expected(401, "invalid_client", "no_agent"), () -> scene.exchange(another));
        refusals.assertRefused(Expected.invalidRequest("assertion_missing"), () -> scene.exchange(missing));
    }

    @Test
    void anIssuerMustBeAllowedToAndBeOnTheAgentsList() {
        register(List.of("people"));
        refusals.assertRefused(
                new Expected(400, "invalid_grant", "on_behalf_of_not_allowed"),
                () -> scene.exchange(request(claims -> {}, "audience", tool)));
        register(List.of("corp-jag"));
        issuer(false);
        refusals.assertRefused(
                new Expected(400, "invalid_grant", "issuer_purpose"),
                () -> scene.exchange(request(claims -> {}, "audience", tool)));
        Answer workload = scene.admin()
                .put(
                        "/admin/v1/issuers/" + Scene.name("w"),
                        Map.of(
                                "issuer",
                                "https://" + UUID.randomUUID() + ".example",
                                "jwks",
                                Map.of("discovery", true),
                                "audiences",
                                List.of("errand"),
                                "purpose",
                                "workload",
                                "id_jag",
                                true));
        assertThat(workload.json().path("member").asString()).isEqualTo("id_jag");
    }

    @Test
    void whatPolicyForbidsStaysForbidden() {
        scene.permits("permit(principal, action, resource); forbid(principal, action, resource)"
                + " when { context.task has on_behalf_of && context.task.on_behalf_of like \"person:corp-jag:*\" };");

        refusals.assertRefused(
                new Expected(400, "access_denied", "policy_forbidden"),
                () -> scene.exchange(request(claims -> {}, "audience", tool)));
    }
}
