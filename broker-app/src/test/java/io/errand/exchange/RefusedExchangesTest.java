package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.JWTClaimsSet;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
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
 * P4 and P5 at the token endpoint: a good request with one thing wrong. Each is refused with its code, leaves no lease, and is one
 * denial in the log with the true reason.
 */
@BrokerTest
class RefusedExchangesTest {

    private static final String PERSON = "ann";

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final Scene scene;
    private final Refusals refusals;

    RefusedExchangesTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        scene = new Scene(port);
        refusals = new Refusals(scene, jdbc);
    }

    @BeforeEach
    void registered() {
        scene.postgresTool(
                tool,
                Map.of("actions", List.of("read", "write"), "locations", List.of("https://" + tool + ".example")));
        scene.postgresTool(tool + "-secret", Map.of("sensitivity", "restricted"));
        scene.postgresTool(tool + "-far", Map.of());
        scene.agent(
                agent,
                tool,
                Map.of(
                        "tools",
                        List.of(
                                Map.of("tool", tool, "actions", List.of("read")),
                                Map.of("tool", tool + "-secret", "actions", List.of("read"))),
                        "fingerprint",
                        Map.of("model", "m-1"),
                        "on_behalf_of",
                        List.of(Map.of("issuer", "people", "clients", List.of("portal")))));
        scene.permits("""
                permit(principal, action, resource);
                @id("no-restricted") @reason("Restricted data is not for agents.")
                forbid(principal, action, resource) when { resource.sensitivity == "restricted" };
                """);
    }

    @TestFactory
    Stream<DynamicTest> refused() {
        return Stream.concat(new WrongRequests(agent, tool).all().stream(), new OddRequests(agent, tool).all().stream())
                .map(one -> DynamicTest.dynamicTest(one.name(), () -> {
                    Map<String, String> form = Scene.request(agent, tool, "read");
                    one.change().accept(form);
                    form.values().removeIf("<absent>"::equals);

                    assertRefused(one, () -> scene.exchange(form));
                }));
    }

    @Test
    void theGoodRequestIsGranted() {
        Answer answer = scene.exchange(Scene.request(agent, tool, "read"));

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        scene.complete(answer.json());
    }

    @TestFactory
    Stream<DynamicTest> agentsThatMayNotAct() {
        return Stream.of(
                        Map.entry("agent_suspended", Map.<String, Object>of("state", "suspended")),
                        Map.entry("agent_past_review", Map.<String, Object>of("review_by", "2020-01-01")))
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
                    String name = Scene.name("agent");
                    scene.agent(name, tool, entry.getValue());

                    assertRefused(
                            new WrongRequests.Case(entry.getKey(), form -> {}, 400, "access_denied", entry.getKey()),
                            () -> scene.exchange(Scene.request(name, tool, "read")));
                }));
    }

    @Test
    void anAgentThatIsRetiredIsNobody() {
        String name = Scene.name("agent");
        scene.agent(name, tool, Map.of());
        scene.agent(name, tool, Map.of("state", "retired"));

        assertRefused(
                new WrongRequests.Case("retired", form -> {}, 400, "invalid_request", "no_agent"),
                () -> scene.exchange(Scene.request(name, tool, "read")));
    }

    @Test
    void aTaskTokenIsDeadOnceItsTaskHasEnded() {
        JsonNode granted = scene.exchange(Scene.request(agent, tool, "read")).json();
        scene.complete(granted);

        assertRefused(
                new WrongRequests.Case("after the end", form -> {}, 400, "invalid_request", "task_ended"),
                () -> scene.exchange(more(agent, granted)));
    }

    @Test
    void aTaskTokenIsOneAgentsOwn() {
        String neighbour = Scene.name("agent");
        scene.agent(neighbour, tool, Map.of());
        JsonNode granted = scene.exchange(Scene.request(agent, tool, "read")).json();

        assertRefused(
                new WrongRequests.Case("another agent's", form -> {}, 400, "invalid_request", "task_of_another_agent"),
                () -> scene.exchange(more(neighbour, granted)));
        scene.complete(granted);
    }

    @Test
    void aTaskTokenAloneAuthenticatesNobody() {
        JsonNode granted = scene.exchange(Scene.request(agent, tool, "read")).json();
        Map<String, String> alone = more(agent, granted);
        alone.remove("actor_token");
        alone.remove("actor_token_type");

        assertRefused(
                new WrongRequests.Case("alone", form -> {}, 400, "invalid_request", "task_token_alone"),
                () -> scene.exchange(alone));
        scene.complete(granted);
    }

    @Test
    void aTaskIsDeclaredOnce() {
        JsonNode granted = scene.exchange(Scene.request(agent, tool, "read")).json();
        Map<String, String> again = more(agent, granted);
        again.put("task", "{\"type\":\"triage\"}");

        assertRefused(
                new WrongRequests.Case("declared twice", form -> {}, 400, "invalid_request", "task_declared_twice"),
                () -> scene.exchange(again));
        scene.complete(granted);
    }

    @Test
    void nothingIsIssuedWhenOneOfTwoToolsIsRefused() {
        Map<String, String> two = Scene.request(agent, tool, "read");
        two.put(
                "authorization_details",
                "[" + WrongRequests.detail(tool, "read") + "," + WrongRequests.detail(tool + "-secret", "read") + "]");

        assertRefused(
                new WrongRequests.Case("two tools", form -> {}, 400, "access_denied", "policy_forbidden"),
                () -> scene.exchange(two));
    }

    @Test
    void whatAPersonMayNotHandOn() {
        for (Map.Entry<Consumer<JWTClaimsSet.Builder>, String> one : List.of(
                Map.<Consumer<JWTClaimsSet.Builder>, String>entry(claims -> {}, "on_behalf_of_not_allowed"),
                Map.<Consumer<JWTClaimsSet.Builder>, String>entry(
                        claims -> claims.claim("azp", "other-portal"), "on_behalf_of_not_allowed"),
                Map.<Consumer<JWTClaimsSet.Builder>, String>entry(
                        claims -> claims.claim("may_act", Map.of("sub", "someone-else")), "may_act_mismatch"),
                Map.<Consumer<JWTClaimsSet.Builder>, String>entry(
                        claims -> claims.claim("azp", "portal").claim("act", Map.of("sub", "x")), "chain_unknown"))) {
            assertRefused(
                    new WrongRequests.Case("person", form -> {}, 400, "invalid_request", one.getValue()),
                    () -> scene.exchange(forPerson(Surroundings.PEOPLE.token(PERSON, one.getKey()))));
        }
    }

    @Test
    void aPersonWhoComesThroughAListedClientIsActedFor() {
        Answer answer =
                scene.exchange(forPerson(Surroundings.PEOPLE.token(PERSON, claims -> claims.claim("azp", "portal"))));

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        JsonNode claims = scene.verified(answer.json().path("access_token").asString());
        assertThat(claims.path("sub").asString()).isEqualTo("person:people:" + PERSON);
        assertThat(claims.path("act").path("sub").asString()).isEqualTo("agent:" + agent);
        scene.complete(answer.json());
    }

    @TestFactory
    Stream<DynamicTest> theSameToolByAnotherName() {
        return Stream.of(
                        Map.entry("audience", tool),
                        Map.entry("resource", BrokerTest.ISSUER + "/tools/" + tool),
                        Map.entry("resource", "https://" + tool + ".example"),
                        Map.entry("scope", tool + ":read"))
                .map(named -> DynamicTest.dynamicTest(named.getKey() + " " + named.getValue(), () -> {
                    Map<String, String> form = Scene.request(agent, tool, "read");
                    form.remove("authorization_details");
                    form.put(named.getKey(), named.getValue());

                    Answer answer = scene.exchange(form);

                    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
                    assertThat(answer.json().path("scope").asString()).isEqualTo(tool + ":read");
                    scene.complete(answer.json());
                }));
    }

    @Test
    void repeatedAndTooManyParametersAreRefusedAndUnknownOnesIgnored() {
        List<Map.Entry<String, String>> twice =
                new ArrayList<>(Scene.request(agent, tool, "read").entrySet());
        twice.add(Map.entry("subject_token", "x"));
        List<Map.Entry<String, String>> thousands =
                new ArrayList<>(Scene.request(agent, tool, "read").entrySet());
        IntStream.range(0, 10_000).forEach(i -> thousands.add(Map.entry("p" + i, "")));
        Map<String, String> unknown = Scene.request(agent, tool, "read");
        unknown.put("nonce", "ignored");

        assertRefused(
                new WrongRequests.Case("twice", f -> {}, 400, "invalid_request", "repeated_parameter"),
                () -> scene.anonymous().form("/oauth2/token", twice));
        assertRefused(
                new WrongRequests.Case("thousands", f -> {}, 400, "invalid_request", null),
                () -> scene.anonymous().form("/oauth2/token", thousands));
        Answer granted = scene.exchange(unknown);
        assertThat(granted.status()).isEqualTo(200);
        scene.complete(granted.json());
    }

    @Test
    void onlyPostIsAnswered() {
        long denials = refusals.denials();

        Answer answer = scene.anonymous().get("/oauth2/token?grant_type=" + Scene.GRANT);

        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.header("Allow")).isEqualTo("POST");
        assertThat(refusals.denials()).isEqualTo(denials);
    }

    @Test
    void aBodyThatIsNoFormIsRefused() {
        assertRefused(
                new WrongRequests.Case("json", f -> {}, 400, "invalid_request", "not_a_form"),
                () -> scene.anonymous().post("/oauth2/token", Map.of("grant_type", Scene.GRANT)));
        assertRefused(
                new WrongRequests.Case("large", f -> {}, 400, "invalid_request", "body_too_large"),
                () -> scene.anonymous().form("/oauth2/token", Map.of("task", "x".repeat(10_000_000))));
        assertRefused(
                new WrongRequests.Case("bad escape", f -> {}, 400, "invalid_request", "form_unreadable"),
                () -> scene.anonymous()
                        .with("Content-Type", "application/x-www-form-urlencoded")
                        .post("/oauth2/token", "grant_type=%zz"));
    }

    private void assertRefused(WrongRequests.Case one, Supplier<Answer> call) {
        refusals.assertRefused(new Refusals.Expected(one.status(), one.error(), one.reason()), call);
    }

    private Map<String, String> forPerson(String personsToken) {
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("actor_token", form.get("subject_token"));
        form.put("actor_token_type", Scene.JWT);
        form.put("subject_token", personsToken);
        return form;
    }

    private Map<String, String> more(String who, JsonNode granted) {
        Map<String, String> form = new HashMap<>(Scene.request(who, tool, "read"));
        form.remove("task");
        form.put("actor_token", Surroundings.WORKLOADS.token(who));
        form.put("actor_token_type", Scene.JWT);
        form.put("subject_token", granted.path("access_token").asString());
        form.put("subject_token_type", Scene.ACCESS_TOKEN);
        return form;
    }
}
