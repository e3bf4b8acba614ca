package io.errand.approval;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** An agent that is made of something else than was registered waits for its owner, if it says so. */
@BrokerTest
class DriftTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("erp");
    private final Scene scene;
    private final Office office;

    DriftTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.office = new Office(scene, jdbc);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        registeredAs("model-1");
        scene.permits("permit(principal, action, resource);");
    }

    private void registeredAs(String model) {
        scene.agent(
                agent,
                tool,
                Map.of(
                        "on_drift",
                        "defer",
                        "owner",
                        "olga@example.com",
                        "fingerprint",
                        Map.of("model", model, "prompt_sha256", "a".repeat(64))));
    }

    private Map<String, String> drifted(Map<String, String> form) {
        form.put("task", "{\"type\":\"triage\",\"ttl\":\"PT5M\",\"fingerprint\":{\"model\":\"model-2\"}}");
        return form;
    }

    private Wire owner() {
        return office.person("olga", List.of("errand.approver"), List.of(), Map.of("email", "olga@example.com"));
    }

    @Test
    void itsOwnerApprovesAndNobodyElse() {
        Answer impatient = scene.exchange(drifted(Scene.request(agent, tool, "read")));
        JsonNode waiting = office.deferred(drifted(Office.patient(agent, tool, "read")));

        Answer stranger = office.decide(office.approver("alice", "finance"), waiting, "approve");
        Answer approved = office.decide(owner(), waiting, "approve");
        Answer granted = office.collect(agent, waiting);

        office.assertRefused(impatient, "access_denied", "approval_required");
        assertThat(office.shown(waiting).path("needs").path(0).path("group").asString())
                .isEqualTo("owner:olga@example.com");
        assertThat(office.shown(waiting).path("request").asString()).contains("model-1", "model-2");
        assertThat(stranger.status()).isEqualTo(403);
        assertThat(approved.status()).as(approved.text()).isEqualTo(200);
        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
    }

    /** It lets exactly this one through, and is a change of the registration with who and by which approval. */
    @Test
    void whatItsOwnerApprovedIsTheBaseline() {
        JsonNode waiting = office.deferred(drifted(Office.patient(agent, tool, "read")));
        office.decide(owner(), waiting, "approve");
        assertThat(current().path("model").asString())
                .as("before it is collected")
                .isEqualTo("model-1");

        assertThat(office.collect(agent, waiting).status()).isEqualTo(200);

        assertThat(current().path("model").asString()).isEqualTo("model-2");
        assertThat(current().path("prompt_sha256").asString()).isEqualTo("a".repeat(64));
        assertThat(asks("model-2").status()).isEqualTo(200);
        office.assertRefused(asks("model-1"), "access_denied", "approval_required");
        office.assertRefused(asks("model-3"), "access_denied", "approval_required");
        JsonNode entry = scene.admin()
                .get("/admin/v1/agents/" + agent + "/history?order=desc")
                .json()
                .at("/items/0");
        assertThat(entry.path("change").asString()).isEqualTo("baselined");
        assertThat(entry.path("before").asString()).isEqualTo("model model-1");
        assertThat(entry.path("after").asString()).isEqualTo("model model-2");
        assertThat(entry.path("who").asString()).isEqualTo("person:people:olga");
        assertThat(entry.path("reason").asString())
                .isEqualTo("approval " + waiting.path("approval").path("id").asString());
        assertThat(scene.events("kind=agent.baselined&agent=" + agent)).hasSize(1);
    }

    @Test
    void whatWasRegisteredMeanwhileIsNotUndone() {
        JsonNode waiting = office.deferred(drifted(Office.patient(agent, tool, "read")));
        office.decide(owner(), waiting, "approve");
        registeredAs("model-9");

        office.assertRefused(office.collect(agent, waiting), "access_denied", "approval_void");

        assertThat(current().path("model").asString()).isEqualTo("model-9");
    }

    private JsonNode current() {
        return scene.admin().get("/admin/v1/agents/" + agent).json().path("fingerprint");
    }

    private Answer asks(String model) {
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("task", "{\"type\":\"triage\",\"fingerprint\":{\"model\":\"" + model + "\"}}");
        return scene.exchange(form);
    }

    @Test
    void aChangeInTheMidstOfATaskWaitsToo() {
        Answer begun = scene.exchange(Scene.request(agent, tool, "read"));
        Map<String, String> more = Office.patient(agent, tool, "read");
        more.put("actor_token", more.get("subject_token"));
        more.put("actor_token_type", Scene.JWT);
        more.put("subject_token", begun.json().path("access_token").asString());
        more.put("subject_token_type", Scene.ACCESS_TOKEN);
        more.put("task", "{\"fingerprint\":{\"model\":\"model-2\"}}");

        JsonNode waiting = office.deferred(more);
        office.decide(owner(), waiting, "approve");
        Answer granted = office.collect(agent, waiting);

        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
        assertThat(granted.json().path("task").path("id"))
                .isEqualTo(begun.json().path("task").path("id"));
    }
}
