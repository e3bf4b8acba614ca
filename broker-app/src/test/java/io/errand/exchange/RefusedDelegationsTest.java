package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.exchange.Refusals.Expected;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** What nobody gets by a delegation, and that asking for it has one effect (P4). */
@BrokerTest
class RefusedDelegationsTest {

    private final Scene scene;
    private final Family family;
    private final Refusals refusals;
    private final JdbcClient jdbc;

    RefusedDelegationsTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.family = Family.at(scene);
        this.refusals = new Refusals(scene, jdbc);
        this.jdbc = jdbc;
    }

    @BeforeEach
    void registered() {
        family.register();
    }

    @Test
    void itIsTakenUpOnce() {
        String token = family.handed(family.task(), family.child(), "read");
        Family.granted(scene.exchange(family.takes(family.child(), token, "read")));

        refused("delegation_spent", () -> scene.exchange(family.takes(family.child(), token, "read")));
    }

    @Test
    void itIsNotTakenUpAfterItsEnd() {
        Map<String, Object> brief = family.asks(family.child(), "read");
        brief.put("ttl", "PT1S");
        JsonNode handed = family.delegate(family.task(), brief).json();
        Instant end = Family.end(handed);

        await().atMost(Duration.ofSeconds(10)).until(() -> Instant.now().isAfter(end));

        refused(
                "delegation_invalid",
                () -> scene.exchange(family.takes(
                        family.child(), handed.path("delegation_token").asString(), "read")));
    }

    @Test
    void anotherAgentCannotTakeItUp() {
        String token = family.handed(family.task(), family.child(), "read");

        refused("delegation_of_another_agent", () -> scene.exchange(family.takes(family.grandchild(), token, "read")));
        refused("delegation_of_another_agent", () -> scene.exchange(family.takes(family.parent(), token, "read")));
    }

    @Test
    void nobodyIsAuthenticatedByItAlone() {
        String token = family.handed(family.task(), family.child(), "read");
        Map<String, String> alone = family.takes(family.child(), token, "read");
        alone.remove("actor_token");
        alone.remove("actor_token_type");
        Map<String, String> asActor = family.takes(family.child(), token, "read");
        asActor.put("subject_token", asActor.get("actor_token"));
        asActor.put("actor_token", token);

        refused(null, () -> scene.exchange(alone));
        refused(null, () -> scene.exchange(asActor));
    }

    @Test
    void aTaskTokenIsNotHandedOver() {
        JsonNode parent = family.task();

        refused("task_of_another_agent", () -> scene.exchange(family.more(family.child(), parent, "read")));
    }

    @TestFactory
    Stream<DynamicTest> moreThanWasHandedOn() {
        String token = family.handed(family.task(), family.child(), "read");
        return Stream.of(Map.entry(family.tool(), "write"), Map.entry(family.tool(), "dance"))
                .map(one -> DynamicTest.dynamicTest(one.toString(), () -> {
                    Map<String, String> form = family.takes(family.child(), token, one.getValue());
                    refusals.assertRefused(
                            new Expected(400, "invalid_authorization_details", "action_outside_ceiling"),
                            () -> scene.exchange(form));
                }));
    }

    @Test
    void aToolThatWasNotHandedOnIsNoTarget() {
        String other = Scene.name("other");
        scene.postgresTool(other, Map.of());
        Map<String, Object> both = Map.of(
                "tools",
                List.of(
                        Map.of("tool", family.tool(), "actions", List.of("read")),
                        Map.of("tool", other, "actions", List.of("read"))));
        scene.agent(family.child(), family.tool(), both);
        String token = family.handed(family.task(), family.child(), "read");

        refusals.assertRefused(new Expected(400, "invalid_target", "tool_outside_ceiling"), () -> {
            Map<String, String> form = family.takes(family.child(), token, "read");
            form.put("authorization_details", "[" + WrongRequests.detail(other, "read") + "]");
            return scene.exchange(form);
        });
    }

    @Test
    void aChildsNextRequestIsNoWider() {
        JsonNode child = family.childOf(family.task(), family.child());

        refusals.assertRefused(
                new Expected(400, "invalid_authorization_details", "action_outside_ceiling"),
                () -> scene.exchange(family.more(family.child(), child, "write")));
    }

    @Test
    void whatTheParentLostTheChildHasLostToo() {
        JsonNode child = family.childOf(family.task(), family.child());
        scene.agent(
                family.parent(),
                family.tool(),
                Map.of(
                        "tools",
                        List.of(Map.of("tool", family.tool(), "actions", List.of("write"))),
                        "delegates_to",
                        List.of(family.child()),
                        "max_delegation_depth",
                        2));

        refusals.assertRefused(
                new Expected(400, "invalid_target", "tool_outside_ceiling"),
                () -> scene.exchange(family.more(family.child(), child, "read")));
        Answer renewal = scene.anonymous()
                .as(Family.token(child))
                .post("/v1/leases/" + Family.lease(child) + "/renew", Map.of());
        assertThat(renewal.status()).isEqualTo(403);
    }

    @Test
    void whoMayNoLongerHandOnHasHandedOnNothing() {
        String token = family.handed(family.task(), family.child(), "read");
        scene.agent(family.parent(), family.tool(), Map.of());

        refused("delegation_too_deep", () -> scene.exchange(family.takes(family.child(), token, "read")));
    }

    @Test
    void aParentThatHasEndedHandsNothingOn() {
        JsonNode parent = family.task();
        String token = family.handed(parent, family.child(), "read");
        scene.complete(parent);

        refused("parent_ended", () -> scene.exchange(family.takes(family.child(), token, "read")));
        assertThat(family.delegate(parent, family.asks(family.child(), "read")).status())
                .isEqualTo(409);
    }

    @Test
    void aParentThatIsLockedHandsNothingOn() {
        JsonNode parent = family.task();
        String token = family.handed(parent, family.child(), "read");
        Operators operators = new Operators(scene);
        Answer locked = operators.revoke(Map.of("agent", family.parent()), true);

        refused("parent_ended", () -> scene.exchange(family.takes(family.child(), token, "read")));
        operators.unlock(locked);
    }

    @Test
    void aParentThatIsPastItsReviewHandsNothingOn() {
        String token = family.handed(family.task(), family.child(), "read");
        scene.agent(
                family.parent(),
                family.tool(),
                Map.of("review_by", "2020-01-01", "delegates_to", List.of(family.child()), "max_delegation_depth", 2));

        refusals.assertRefused(
                new Expected(400, "access_denied", "agent_past_review"),
                () -> scene.exchange(family.takes(family.child(), token, "read")));
    }

    @TestFactory
    Stream<DynamicTest> tokensThatAreNone() {
        JsonNode parent = family.task();
        String token = family.handed(parent, family.child(), "read");
        String other = family.handed(parent, family.child(), "read", "write");
        String[] parts = token.split("\\.");
        return Stream.of(
                        Map.entry("signature of another", parts[0] + "." + parts[1] + "." + other.split("\\.")[2]),
                        Map.entry("claims of another", parts[0] + "." + other.split("\\.")[1] + "." + parts[2]),
                        Map.entry("no signature", parts[0] + "." + parts[1] + "."),
                        Map.entry(
                                "header of a task token",
                                Family.token(parent).split("\\.")[0] + "." + parts[1] + "." + parts[2]),
                        Map.entry(
                                "another deployment's",
                                Surroundings.WORKLOADS.token(
                                        "agent:" + family.parent(),
                                        claims -> claims.issuer(BrokerTest.ISSUER + ".evil")
                                                .audience(BrokerTest.ISSUER + "/oauth2/token")
                                                .claim("may_act", Map.of("sub", "agent:" + family.child())))),
                        Map.entry(
                                "ours by name, signed by an issuer",
                                Surroundings.WORKLOADS.token(
                                        "agent:" + family.parent(),
                                        claims -> claims.issuer(BrokerTest.ISSUER)
                                                .audience(BrokerTest.ISSUER + "/oauth2/token")
                                                .claim("may_act", Map.of("sub", "agent:" + family.child())))))
                .map(one -> DynamicTest.dynamicTest(
                        one.getKey(),
                        () -> refused(
                                null, () -> scene.exchange(family.takes(family.child(), one.getValue(), "read")))));
    }

    @Test
    void itIsNoTaskTokenAndATaskTokenIsNone() {
        JsonNode parent = family.task();
        String token = family.handed(parent, family.child(), "read");

        Answer asBearer = scene.anonymous().as(token).get("/v1/tasks/" + Family.id(parent));
        JsonNode introspected = scene.as("errand.introspect")
                .form("/oauth2/introspect", Map.of("token", token))
                .json();

        assertThat(asBearer.status()).isEqualTo(401);
        assertThat(introspected.toString()).isEqualTo("{\"active\":false}");
        for (String type : List.of(Scene.ACCESS_TOKEN, "urn:ietf:params:oauth:token-type:id_token")) {
            Map<String, String> lying = family.takes(family.child(), token, "read");
            lying.put("subject_token_type", type);
            refused("token_type_mismatch", () -> scene.exchange(lying));
        }
    }

    @Test
    void aChainIsNoLongerThanEachOfItsAgentsAllows() {
        JsonNode child = family.childOf(family.task(), family.child());
        JsonNode grandchild = family.childOf(child, family.grandchild());

        Answer answer = family.delegate(grandchild, family.asks(family.child(), "read"));

        deniedToHandOn(answer, 403, "access-denied", "delegation_too_deep");
    }

    @TestFactory
    Stream<DynamicTest> whatIsNotHandedOn() {
        scene.policy(
                "handing",
                "@reason(\"not by delegation\") forbid(principal == Errand::Agent::\"" + family.parent()
                        + "\", action == Errand::Action::\"delegate\", resource)"
                        + " when { context.task.purpose == \"forbidden\" };"
                        + "@approval(\"finance\") @id(\"ask\") permit(principal == Errand::Agent::\"" + family.child()
                        + "\", action == Errand::Action::\"delegate\", resource);");
        JsonNode parent = family.task();
        JsonNode narrow = Family.granted(scene.exchange(Scene.request(family.parent(), family.tool(), "read")));
        Map<String, Object> forbidden = family.asks(family.child(), "read");
        forbidden.put("purpose", "forbidden");
        Map<String, Object> wider = family.asks(family.child(), "read", "write");
        return Stream.of(
                DynamicTest.dynamicTest(
                        "to an agent that is not listed",
                        () -> deniedToHandOn(
                                family.delegate(parent, family.asks(family.grandchild(), "read")),
                                403,
                                "access-denied",
                                "not_delegable")),
                DynamicTest.dynamicTest(
                        "what policy forbids",
                        () -> deniedToHandOn(
                                family.delegate(parent, forbidden), 403, "access-denied", "policy_forbidden")),
                DynamicTest.dynamicTest(
                        "more than the task has",
                        () -> deniedToHandOn(
                                family.delegate(narrow, wider),
                                400,
                                "invalid-authorization-details",
                                "action_outside_ceiling")),
                DynamicTest.dynamicTest("a tool that is not there", () -> {
                    Map<String, Object> asked = family.asks(family.child(), "read");
                    asked.put(
                            "authorization_details",
                            List.of(Map.of(
                                    "type", "tool_access", "identifier", "no-such-tool", "actions", List.of("read"))));
                    deniedToHandOn(family.delegate(parent, asked), 400, "invalid-target", "tool_unknown");
                }),
                DynamicTest.dynamicTest("nothing at all", () -> {
                    Map<String, Object> asked = new HashMap<>(Map.of("agent", family.child()));
                    deniedToHandOn(
                            family.delegate(parent, asked), 400, "invalid-authorization-details", "details_count");
                }));
    }

    @TestFactory
    Stream<DynamicTest> whatIsNoRequest() {
        JsonNode parent = family.task();
        return Stream.<Map.Entry<String, Object>>of(
                        Map.entry("agent", "../x"),
                        Map.entry("agent", 5),
                        Map.entry("ttl", "PT0S"),
                        Map.entry("ttl", "-PT5M"),
                        Map.entry("ttl", "P1M"),
                        Map.entry("ttl", "P365D"),
                        Map.entry("purpose", "x".repeat(4097)),
                        Map.entry("purpose", "\u0007"),
                        Map.entry("scope", "x"),
                        Map.entry("authorization_details", "none"))
                .map(one -> DynamicTest.dynamicTest(
                        one.getKey() + " " + one.getValue().hashCode(), () -> {
                            Map<String, Object> asked = family.asks(family.child(), "read");
                            asked.put(one.getKey(), one.getValue());
                            long before = delegations();

                            Answer answer = family.delegate(parent, asked);

                            assertThat(answer.status()).as(answer.text()).isEqualTo(400);
                            assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
                            assertThat(delegations()).isEqualTo(before);
                        }));
    }

    @Test
    void anotherTasksTokenHandsNothingOn() {
        JsonNode parent = family.task();
        JsonNode other = family.task();

        Answer answer = scene.anonymous()
                .as(Family.token(other))
                .post("/v1/tasks/" + Family.id(parent) + "/delegations", family.asks(family.child(), "read"));

        assertThat(answer.status()).isEqualTo(404);
    }

    @Test
    void aTaskHasOnlySoManyChildrenAtATime() {
        JsonNode parent = family.task();
        JsonNode first = family.childOf(parent, family.child());
        for (int i = 1; i < 16; i++) {
            family.handed(parent, family.child(), "read");
        }

        Answer full = family.delegate(parent, family.asks(family.child(), "read"));
        scene.complete(first);
        Answer again = family.delegate(parent, family.asks(family.child(), "read"));

        deniedToHandOn(full, 429, "temporarily-unavailable", "too_many_children");
        assertThat(full.header("Retry-After")).isNotEmpty();
        assertThat(again.status()).as(again.text()).isEqualTo(201);
        scene.complete(parent);
    }

    private void refused(@org.jspecify.annotations.Nullable String reason, Supplier<Answer> call) {
        Answer answer = refusals.assertRefused(Expected.invalidRequest(reason), call);
        assertThat(answer.json().path("error_description").asString())
                .isEqualTo("The subject or actor token is not acceptable.");
    }

    /** One denial on the log, and nothing that could be taken up. */
    private void deniedToHandOn(Answer answer, int status, String type, String reason) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.json().path("type").asString()).isEqualTo("urn:errand:problem:" + type);
        assertThat(answer.text()).doesNotContain("eyJ");
        List<JsonNode> events =
                scene.events("decision=" + answer.json().path("decision_id").asString());
        assertThat(events).hasSize(1);
        assertThat(events.getFirst().path("kind").asString()).isEqualTo("delegation.denied");
        assertThat(events.getFirst().at("/details/reason").asString()).isEqualTo(reason);
        assertThat(events.getFirst().at("/details/steps").isArray()).isTrue();
    }

    private long delegations() {
        return jdbc.sql("SELECT count(*) FROM delegation").query(Long.class).single();
    }
}
