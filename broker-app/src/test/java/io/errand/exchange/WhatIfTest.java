package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** Past decisions can be explained, and asked again under policies that are not in force. */
@BrokerTest
class WhatIfTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("api");
    private final String set = Scene.name("draft");
    private final Scene scene;

    WhatIfTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.permits();
    }

    @Test
    void aReplayListsWhatADraftWouldChangeAndChangesNothing() {
        JsonNode reading = scene.exchange(Scene.request(agent, tool, "read")).json();
        JsonNode writing = scene.exchange(Scene.request(agent, tool, "write")).json();
        assertThat(reading.has("credentials")).as("%s", reading).isTrue();
        assertThat(writing.has("credentials")).as("%s", writing).isTrue();
        String draft = "@id(\"no-writes\") forbid(principal == Errand::Agent::\"" + agent
                + "\", action, resource) when { context.actions.contains(\"write\") };";
        scene.admin().put("/admin/v1/policies/" + set, Map.of("cedar", draft, "status", "draft"));

        Answer byVersion = replay(Map.of("name", set, "since", "PT1H"));
        Answer byText = replay(Map.of("name", set, "cedar", draft));

        assertThat(byVersion.status()).as(byVersion.text()).isEqualTo(200);
        assertThat(byVersion.json().path("replayed").asInt()).isGreaterThanOrEqualTo(2);
        assertThat(mine(byVersion)).hasSize(1).first().satisfies(difference -> {
            assertThat(difference.path("actions").path(0).asString()).isEqualTo("write");
            assertThat(difference.path("was").path("effect").asString()).isEqualTo("permit");
            assertThat(difference.path("now").path("effect").asString()).isEqualTo("deny");
            assertThat(difference.path("now").path("policies").path(0).asString())
                    .isEqualTo(set + "@1/no-writes");
            assertThat(difference.path("registration_changed").asBoolean()).isFalse();
        });
        assertThat(mine(byText)).hasSize(1);
        String lease = writing.path("credentials").path(0).path("lease_id").asString();
        assertThat(scene.events("lease=" + lease + "&kind=lease.revoking")).isEmpty();
    }

    @Test
    void aReplayThatCannotBeIsRefused() {
        assertThat(replay(Map.of("name", set)).status()).isEqualTo(404);
        assertThat(replay(Map.of("cedar", "")).status()).isEqualTo(400);
        assertThat(replay(Map.of("name", set, "cedar", "", "since", "P31D")).status())
                .isEqualTo(400);
        assertThat(replay(Map.of("name", set, "cedar", "", "limit", 0)).status())
                .isEqualTo(400);
        Answer flawed = replay(Map.of("name", set, "cedar", "permit("));
        assertThat(flawed.status()).isEqualTo(422);
        assertThat(flawed.json().path("line").asInt()).isEqualTo(1);
        assertThat(scene.as("errand.auditor")
                        .post("/admin/v1/policies/replay", Map.of("name", set, "cedar", ""))
                        .status())
                .isEqualTo(403);
    }

    @Test
    void aDecisionIsExplainedWithThePoliciesAsTheyWere() {
        String forbid = "@id(\"no\")\n@reason(\"Not this one.\")\nforbid(principal == Errand::Agent::\"" + agent
                + "\", action, resource);";
        scene.policy(set, forbid);
        Answer refused = scene.exchange(Scene.request(agent, tool, "read"));
        scene.admin().delete("/admin/v1/policies/" + set);

        JsonNode decision = scene.as("errand.auditor")
                .get("/admin/v1/decisions/" + refused.json().path("decision_id").asString())
                .json();

        assertThat(decision.path("outcome").asString()).isEqualTo("denied");
        assertThat(decision.path("reason").asString()).isEqualTo("policy_forbidden");
        assertThat(decision.path("question").path("task").path("type").asString())
                .isEqualTo("triage");
        JsonNode ruling = decision.path("rulings").path(0);
        assertThat(ruling.path("effect").asString()).isEqualTo("deny");
        assertThat(ruling.path("policies").path(0).path("id").asString()).isEqualTo(set + "@1/no");
        assertThat(ruling.path("policies").path(0).path("cedar").asString()).isEqualTo(forbid);
        assertThat(decision.path("steps").size()).isGreaterThan(1);
    }

    @Test
    void anUnknownDecisionIsNotFound() {
        assertThat(scene.admin().get("/admin/v1/decisions/" + new UUID(0, 7)).status())
                .isEqualTo(404);
        assertThat(scene.admin().get("/admin/v1/decisions/nonsense").status()).isEqualTo(404);
    }

    private Answer replay(Map<String, Object> asked) {
        return scene.admin().post("/admin/v1/policies/replay", asked);
    }

    private List<JsonNode> mine(Answer report) {
        assertThat(report.status()).as(report.text()).isEqualTo(200);
        return report.json().path("differences").values().stream()
                .filter(difference -> difference.path("agent").asString().equals(agent))
                .toList();
    }
}
