package io.errand.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.api.Json;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** P3: what an agent may do no more, nobody may do to whom it handed a task. */
@BrokerTest
class NarrowedAboveTest {

    private final String parent = Scene.name("parent");
    private final String child = Scene.name("child");
    private final String tool = Scene.name("orders");
    private final Scene scene;

    NarrowedAboveTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        parent("read", "write");
        scene.agent(child, tool, Map.of());
        scene.permits();
    }

    private void parent(String... actions) {
        scene.agent(
                parent,
                tool,
                Map.of(
                        "delegates_to",
                        List.of(child),
                        "max_delegation_depth",
                        1,
                        "tools",
                        List.of(Map.of("tool", tool, "actions", List.of(actions)))));
    }

    private Acting handedDown(String... actions) {
        Acting above = Acting.on(scene, parent, Acting.tools(tool));
        List<Map<String, Object>> access =
                List.of(Map.of("type", "tool_access", "identifier", tool, "actions", List.of(actions)));
        Answer delegation = above.wire()
                .post(
                        "/v1/tasks/" + above.task() + "/delegations",
                        Map.of("agent", child, "authorization_details", access));
        assertThat(delegation.status()).as(delegation.text()).isEqualTo(201);
        Map<String, String> form = new HashMap<>(Scene.request(child, tool, actions));
        form.put("actor_token", Surroundings.WORKLOADS.token(child));
        form.put("actor_token_type", Scene.JWT);
        form.put("subject_token", delegation.json().path("delegation_token").asString());
        form.put("authorization_details", Json.mapper().writeValueAsString(access));
        return new Acting(scene, Acting.ok(scene.exchange(form)));
    }

    @Test
    void aToolThatTheParentsAgentLostIsDeniedToTheChildAndItsCredentialGoes() {
        Acting below = handedDown("read", "write");
        below.permitted(tool, "read");
        below.permitted(tool, "write");

        parent("read");
        JsonNode denied = below.denied(tool, "write");

        assertThat(below.reason(denied)).isEqualTo("outside_ceiling");
        await("the credential that writes to go")
                .atMost(Duration.ofSeconds(30))
                .until(() -> List.of("revoking", "revoked").contains(state(below)));
    }

    private String state(Acting below) {
        return below.wire()
                .get("/v1/leases/" + below.lease(tool))
                .json()
                .path("state")
                .asString();
    }

    @Test
    void whatIsLeftToTheParentsAgentIsLeftToTheChild() {
        Acting below = handedDown("read");

        parent("read");

        below.permitted(tool, "read");
    }

    @Test
    void aParentsAgentThatMayNotActStopsTheChild() {
        Acting below = handedDown("read");
        below.permitted(tool, "read");

        scene.agent(
                parent,
                tool,
                Map.of("delegates_to", List.of(child), "max_delegation_depth", 1, "review_by", "2020-01-01"));

        assertThat(below.reason(below.denied(tool, "read"))).isEqualTo("agent_past_review");
    }
}
