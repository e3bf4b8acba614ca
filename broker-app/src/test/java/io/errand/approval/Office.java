package io.errand.approval;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** The people who approve, and an agent that waits for them. */
record Office(Scene scene, JdbcClient jdbc) {

    static final String DEFERRED = "urn:ietf:params:oauth:grant-type:deferred";

    static final String REMINDERS = "errand-breakglass-reviews";

    /** Has the job look now that tells of overdue reviews. */
    void remind() {
        jdbc.sql("UPDATE scheduled_tasks SET execution_time = now() WHERE task_name = :job")
                .param("job", REMINDERS)
                .update();
    }

    Wire person(String subject, List<String> roles, List<String> groups) {
        return person(subject, roles, groups, Map.of());
    }

    Wire person(String subject, List<String> roles, List<String> groups, Map<String, String> more) {
        return scene.anonymous().as(Surroundings.PEOPLE.token(subject, claims -> {
            claims.audience(BrokerTest.ISSUER + "/admin").claim("roles", roles).claim("groups", groups);
            more.forEach(claims::claim);
        }));
    }

    Wire approver(String subject, String... groups) {
        return person(subject, List.of("errand.approver"), List.of(groups));
    }

    /** A request that can wait. */
    static Map<String, String> patient(String agent, String tool, String action) {
        Map<String, String> form = Scene.request(agent, tool, action);
        form.put("completion_mode", "deferred");
        return form;
    }

    JsonNode deferred(Map<String, String> form) {
        Answer answer = scene.exchange(form);
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().path("error").asString()).as(answer.text()).isEqualTo("authorization_pending");
        return answer.json();
    }

    static String id(JsonNode deferral) {
        return deferral.path("approval").path("id").asString();
    }

    static String digest(JsonNode deferral) {
        return deferral.path("approval").path("digest").asString();
    }

    JsonNode shown(JsonNode deferral) {
        return scene.admin().get("/admin/v1/approvals/" + id(deferral)).json();
    }

    Answer decide(Wire approver, JsonNode deferral, String decision) {
        return approver.post(
                "/admin/v1/approvals/" + id(deferral), Map.of("decision", decision, "digest", digest(deferral)));
    }

    void approve(JsonNode deferral) {
        Answer answer = decide(approver("alice", "finance"), deferral, "approve");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }

    Answer poll(String agent, JsonNode deferral) {
        return scene.exchange(pollForm(agent, deferral));
    }

    static Map<String, String> pollForm(String agent, JsonNode deferral) {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", DEFERRED);
        form.put("deferral_code", deferral.path("deferral_code").asString());
        form.put("actor_token", Surroundings.WORKLOADS.token(agent));
        form.put("actor_token_type", Scene.JWT);
        return form;
    }

    /** A poll after the interval has passed. */
    Answer collect(String agent, JsonNode deferral) {
        passInterval(deferral);
        return poll(agent, deferral);
    }

    void passInterval(JsonNode deferral) {
        jdbc.sql("UPDATE approval SET polled_at = polled_at - interval '1 minute' WHERE id = :id::uuid")
                .param("id", id(deferral))
                .update();
    }

    void expire(JsonNode deferral) {
        jdbc.sql("UPDATE approval SET expires_at = now() - interval '1 second' WHERE id = :id::uuid")
                .param("id", id(deferral))
                .update();
    }

    void assertRefused(Answer answer, String error, String reason) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().path("error").asString()).as(answer.text()).isEqualTo(error);
        List<JsonNode> events = scene.events("kind=exchange.denied&decision="
                + answer.json().path("decision_id").asString());
        assertThat(events).hasSize(1);
        assertThat(events.getFirst().path("details").path("reason").asString()).isEqualTo(reason);
    }

    List<String> story(JsonNode deferral) {
        return scene.events("agent=" + shown(deferral).path("agent").asString()).stream()
                .filter(event ->
                        event.path("details").path("approval").asString("").equals(id(deferral)))
                .map(event -> event.path("kind").asString())
                .toList();
    }
}
