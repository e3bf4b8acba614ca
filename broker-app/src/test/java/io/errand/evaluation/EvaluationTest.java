package io.errand.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** Each action is decided before it happens, for the task whose token is shown or that a gateway names. */
@BrokerTest
class EvaluationTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final Scene scene;

    EvaluationTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of("labels", List.of("customer-pii"), "kinds", Map.of("read", "read")));
        Acting.agent(scene, agent, Acting.tools(tool), Map.of("fingerprint", Map.of("model", "model-1")));
        scene.permits();
    }

    private Acting acting() {
        return Acting.on(scene, agent, Acting.tools(tool));
    }

    @Test
    void whatPolicyPermitsIsPermittedAndOnRecordBeforeTheAnswer() {
        Acting acting = acting();

        JsonNode answer = acting.permitted(tool, "read");

        assertThat(Acting.texts(answer.path("context").path("labels")))
                .containsExactly("customer-pii", "data:internal");
        assertThat(answer.path("context").path("reasons").isArray()).isTrue();
        assertThat(answer.path("context").path("obligations").isArray()).isTrue();
        assertThat(answer.path("context").has("approval")).isFalse();
        List<JsonNode> events = acting.events(answer);
        assertThat(events).hasSize(1);
        assertThat(events.getFirst().path("kind").asString()).isEqualTo("evaluation.permitted");
        assertThat(events.getFirst().path("task").asString()).isEqualTo(acting.task());
        assertThat(events.getFirst().path("details").path("arguments_sha256").asString())
                .matches("[0-9a-f]{64}");
        assertThat(events.getFirst().path("details").has("arguments")).isFalse();
    }

    @Test
    void aTaskTokenNeedsNoSubjectAndMayNameNoOther() {
        Acting acting = acting();
        Acting other = acting();

        Answer silent = acting.wire().post("/access/v1/evaluation", Acting.request(tool, "read"));
        Answer foreign = acting.wire().post("/access/v1/evaluation", other.about(tool, "read"));

        assertThat(Acting.ok(silent).path("decision").asBoolean()).isTrue();
        assertThat(Acting.ok(foreign).path("decision").asBoolean()).isFalse();
    }

    @Test
    void aGatewayNamesTheTaskAndNeedsItsRole() {
        Acting acting = acting();

        Answer asked = Acting.gateway(scene).post("/access/v1/evaluation", acting.about(tool, "read"));
        Answer admin = scene.as("errand.admin").post("/access/v1/evaluation", acting.about(tool, "read"));
        Answer nobody = scene.anonymous().as("nonsense").post("/access/v1/evaluation", acting.about(tool, "read"));
        Answer silent = Acting.gateway(scene).post("/access/v1/evaluation", Acting.request(tool, "read"));

        assertThat(Acting.ok(asked).path("decision").asBoolean()).isTrue();
        assertThat(acting.events(asked.json()).getFirst().path("who").asString())
                .isEqualTo("person:people:root");
        assertThat(admin.status()).isEqualTo(403);
        assertThat(nobody.status()).isEqualTo(401);
        assertThat(silent.status()).isEqualTo(400);
    }

    @Test
    void whatTheTaskWasNotGrantedIsDenied() {
        Acting acting = Acting.on(scene, agent, Map.of(tool, List.of("read")));

        assertThat(acting.reason(acting.denied(tool, "write"))).isEqualTo("outside_ceiling");
        assertThat(acting.reason(acting.denied("no-such-tool", "read"))).isEqualTo("outside_ceiling");
        acting.permitted(tool, "read");
        acting.wire().delete("/v1/leases/" + acting.lease(tool));
        assertThat(acting.reason(acting.denied(tool, "read"))).isEqualTo("not_granted");
    }

    @Test
    void nothingIsPermittedAfterTheTaskOrUnderALock() {
        Acting ended = acting();
        Acting locked = acting();
        scene.end(ended.grant());
        String lock = scene.as("errand.operator")
                .post(
                        "/admin/v1/revocations",
                        Map.of("scope", Map.of("lease", locked.lease(tool)), "reason", "test", "lock", true))
                .text();
        assertThat(lock).contains("lock");
        Answer toolLock = scene.as("errand.operator")
                .post("/admin/v1/revocations", Map.of("scope", Map.of("tool", tool), "reason", "test", "lock", true));

        JsonNode after = Acting.ok(Acting.gateway(scene).post("/access/v1/evaluation", ended.about(tool, "read")));
        JsonNode under = locked.denied(tool, "read");

        assertThat(after.path("decision").asBoolean(true)).isFalse();
        assertThat(ended.reason(after)).isEqualTo("task_ended");
        assertThat(locked.reason(under)).isEqualTo("locked");
        scene.as("errand.operator")
                .delete("/admin/v1/locks/" + toolLock.json().path("lock").asString());
    }

    @Test
    void anAgentThatIsSuspendedMayDoNothing() {
        Acting acting = acting();
        acting.permitted(tool, "read");

        Acting.agent(scene, agent, Acting.tools(tool), Map.of("state", "suspended"));

        assertThat(acting.reason(acting.denied(tool, "read"))).isEqualTo("agent_suspended");
    }

    @Test
    void anOutcomeIsToldOnceByWhoeverMayKnowIt() {
        Acting acting = acting();
        JsonNode decision = acting.permitted(tool, "read");
        JsonNode second = acting.permitted(tool, "read");
        JsonNode denied = acting.denied("no-such-tool", "read");

        assertThat(acting().tell(decision, "succeeded").status()).isEqualTo(404);
        assertThat(acting.tell(decision, "splendid").status()).isEqualTo(400);
        assertThat(acting.tell(decision, "succeeded").status()).isEqualTo(204);
        assertThat(acting.tell(decision, "failed").status()).isEqualTo(409);
        assertThat(acting.tell(denied, "succeeded").status()).isEqualTo(409);
        assertThat(Acting.gateway(scene)
                        .post(
                                "/v1/decisions/" + Acting.id(second) + "/outcome",
                                Map.of("outcome", "failed", "detail", "no such row"))
                        .status())
                .isEqualTo(204);
        assertThat(acting.events(decision))
                .extracting(event -> event.path("outcome").asString())
                .containsExactly("permit", "succeeded");
    }

    @Test
    void whatNobodyToldIsUnknownWhenTheTaskEnds() {
        Acting acting = acting();
        JsonNode told = acting.permitted(tool, "read");
        JsonNode untold = acting.permitted(tool, "read");
        acting.tell(told, "succeeded");

        scene.end(acting.grant());

        assertThat(acting.events(untold))
                .extracting(event -> event.path("outcome").asString())
                .containsExactly("permit", "unknown");
        assertThat(acting.events(told))
                .extracting(event -> event.path("outcome").asString())
                .containsExactly("permit", "succeeded");
        assertThat(acting.tell(untold, "succeeded").status()).isEqualTo(409);
    }

    @Test
    void driftIsDeniedOrDeferredAsTheAgentSays() {
        Acting acting = Acting.on(
                scene, agent, Acting.tools(tool), Map.of("fingerprint", Map.of("prompt_sha256", "a".repeat(64))));

        Answer same = acting.wire().post("/access/v1/evaluation", with(acting, "prompt_sha256", "a".repeat(64)));
        Answer changed = acting.wire().post("/access/v1/evaluation", with(acting, "prompt_sha256", "b".repeat(64)));
        Answer registered = acting.wire().post("/access/v1/evaluation", with(acting, "model", "model-2"));

        assertThat(Acting.ok(same).path("decision").asBoolean()).isTrue();
        assertThat(Acting.ok(changed).path("decision").asBoolean()).isFalse();
        assertThat(acting.reason(changed.json())).isEqualTo("fingerprint_changed");
        assertThat(Acting.ok(registered).path("decision").asBoolean()).isFalse();

        Acting.agent(
                scene,
                agent,
                Acting.tools(tool),
                Map.of("on_drift", "defer", "fingerprint", Map.of("model", "model-1")));
        JsonNode deferred = Acting.ok(acting.wire().post("/access/v1/evaluation", with(acting, "model", "model-2")));

        assertThat(deferred.path("decision").asBoolean()).isFalse();
        assertThat(Acting.texts(deferred.path("context").path("approval").path("groups")))
                .containsExactly("owner:team@example.com");
        assertThat(deferred.path("context").path("approval").path("digest").asString())
                .matches("sha256:[0-9a-f]{64}");
    }

    @Test
    void driftIsSeenAtAReExchangeToo() {
        Acting acting = Acting.on(
                scene, agent, Acting.tools(tool), Map.of("fingerprint", Map.of("prompt_sha256", "a".repeat(64))));

        assertThat(again(acting, print("a")).status()).isEqualTo(200);
        Answer changed = again(acting, print("b"));
        Answer declared = again(acting, Map.of("purpose", "another"));

        assertThat(changed.json().path("error").asString()).isEqualTo("access_denied");
        assertThat(scene.events("decision=" + changed.json().path("decision_id").asString())
                        .getFirst()
                        .path("details")
                        .path("reason")
                        .asString())
                .isEqualTo("fingerprint_changed");
        assertThat(declared.json().path("error").asString()).isEqualTo("invalid_request");
    }

    private static Map<String, Object> print(String digit) {
        return Map.of("fingerprint", Map.of("prompt_sha256", digit.repeat(64)));
    }

    private Answer again(Acting acting, Map<String, Object> task) {
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("actor_token", form.get("subject_token"));
        form.put("actor_token_type", Scene.JWT);
        form.put("subject_token", acting.grant().path("access_token").asString());
        form.put("subject_token_type", Scene.ACCESS_TOKEN);
        form.put("task", Json.mapper().writeValueAsString(task));
        return scene.exchange(form);
    }

    private Map<String, Object> with(Acting acting, String member, String value) {
        Map<String, Object> request = acting.about(tool, "read");
        request.put("context", Map.of("fingerprint", Map.of(member, value)));
        return request;
    }

    @Test
    void metadataNamesTheEndpoints() {
        JsonNode metadata = Acting.ok(scene.anonymous().get("/.well-known/authzen-configuration"));

        assertThat(metadata.path("policy_decision_point").asString()).isEqualTo(BrokerTest.ISSUER);
        assertThat(metadata.path("access_evaluation_endpoint").asString())
                .isEqualTo(BrokerTest.ISSUER + "/access/v1/evaluation");
        assertThat(metadata.path("access_evaluations_endpoint").asString())
                .isEqualTo(BrokerTest.ISSUER + "/access/v1/evaluations");
    }
}
