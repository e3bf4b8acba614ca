package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * A family of agents, one of which, or the person whom they act for, or the token that brought more, is of an issuer that goes;
 * and a task and its child that it touched.
 */
record TouchedTasks(Family family, StolenIssuer issuer, String how, JsonNode parent, JsonNode child) {

    /** In how many ways an issuer can stand in a chain. */
    static final List<String> WAYS = List.of("workload", "person", "actor above", "second identity");

    static TouchedTasks begin(Scene scene, String how) {
        Family family = new Family(
                scene, Scene.name("orders"), Scene.name("parent"), Scene.name("child"), Scene.name("grandchild"));
        StolenIssuer issuer = StolenIssuer.of(scene, how.equals("person") ? "person" : "workload");
        scene.jwtTool(family.tool(), Map.of());
        scene.agent(
                family.parent(),
                family.tool(),
                Map.of(
                        "identities",
                        how.equals("person")
                                ? List.of(known(family.parent()))
                                : List.of(known(family.parent()), issuer.identity("parent")),
                        "delegates_to",
                        List.of(family.child()),
                        "max_delegation_depth",
                        2,
                        "on_behalf_of",
                        List.of(Map.of(
                                "issuer",
                                how.equals("person") ? issuer.name() : "people",
                                "clients",
                                List.of("portal")))));
        scene.agent(family.child(), family.tool(), Map.of());
        scene.permits();
        JsonNode parent = Family.granted(scene.exchange(request(family, issuer, how)));
        if (how.equals("second identity")) {
            Family.granted(scene.exchange(more(family, issuer.token("parent"), parent)));
        }
        JsonNode child = family.childOf(parent, family.child());
        return new TouchedTasks(family, issuer, how, parent, child);
    }

    private static Map<String, Object> known(String subject) {
        return Map.of("issuer", "workloads", "subject", subject);
    }

    /** What it is begun with; asked again, it is refused once the issuer is. */
    Map<String, String> again() {
        return how.equals("second identity") ? own(family, issuer.token("parent")) : request(family, issuer, how);
    }

    private static Map<String, String> request(Family family, StolenIssuer issuer, String how) {
        return switch (how) {
            case "person" -> {
                Map<String, String> form = Scene.requestFor("ann", family.parent(), family.tool(), "read");
                form.put("subject_token", issuer.person("ann"));
                yield form;
            }
            case "second identity" -> own(family, Surroundings.WORKLOADS.token(family.parent()));
            default -> own(family, issuer.token("parent"));
        };
    }

    private static Map<String, String> own(Family family, String token) {
        Map<String, String> form = Scene.request(family.parent(), family.tool(), "read");
        form.put("subject_token", token);
        return form;
    }

    private static Map<String, String> more(Family family, String token, JsonNode granted) {
        Map<String, String> form = new HashMap<>(family.more(family.parent(), granted, "read"));
        form.put("actor_token", token);
        return form;
    }

    /** Nothing that the issuer touched lives: the tasks, their credentials, and what they could still do. */
    void assertDead() {
        for (JsonNode granted : List.of(parent, child)) {
            assertThat(family.state(granted)).isEqualTo("cancelled");
        }
        assertPowerless();
    }

    /** The same of tasks that need not have ended. */
    void assertPowerless() {
        Operators operators = new Operators(family.scene());
        for (JsonNode granted : List.of(parent, child)) {
            assertThat(operators.isTaskActive(granted)).isFalse();
            assertThat(operators.isActive(granted.path("credentials").path(0))).isFalse();
            assertThat(renewed(granted).status()).isNotEqualTo(200);
            assertThat(evaluated(granted).path("decision").asBoolean()).isFalse();
        }
        assertThat(family.scene()
                        .exchange(more(family, Surroundings.WORKLOADS.token(family.parent()), parent))
                        .status())
                .isEqualTo(400);
        assertThat(family.scene()
                        .exchange(family.more(family.child(), child, "read"))
                        .status())
                .isEqualTo(400);
        assertThat(family.delegate(parent, family.asks(family.child(), "read")).status())
                .isNotEqualTo(201);
    }

    void assertAlive() {
        Operators operators = new Operators(family.scene());
        for (JsonNode granted : List.of(parent, child)) {
            assertThat(operators.isTaskActive(granted)).isTrue();
            assertThat(operators.isActive(granted.path("credentials").path(0))).isTrue();
            assertThat(evaluated(granted).path("decision").asBoolean()).isTrue();
        }
    }

    void end() {
        family.scene().end(parent);
    }

    private Answer renewed(JsonNode granted) {
        return family.scene()
                .anonymous()
                .as(Family.token(granted))
                .post("/v1/leases/" + Family.lease(granted) + "/renew", Map.of());
    }

    private JsonNode evaluated(JsonNode granted) {
        return family.scene()
                .anonymous()
                .as(Surroundings.PEOPLE.token(
                        "gateway",
                        claims -> claims.audience(BrokerTest.ISSUER + "/admin").claim("roles", List.of("errand.pep"))))
                .post(
                        "/access/v1/evaluation",
                        Map.of(
                                "subject",
                                Map.of("type", "task", "id", Family.id(granted)),
                                "action",
                                Map.of("name", "read"),
                                "resource",
                                Map.of("type", "tool", "id", family.tool())))
                .json();
    }
}
