package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.exchange.Refusals.Expected;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** What an agent may not have without bound, and strangers may not write without bound. */
@BrokerTest
@TestPropertySource(
        properties = {
            "errand.task.max-live-per-agent=3",
            "errand.task.max-delegations-per-agent=2",
            "errand.approval.max-pending=2",
            "errand.audit.refusals-per-minute=5",
            "errand.task.keep-prompt=true"
        })
class CapsTest {

    private final Scene scene;
    private final JdbcClient jdbc;
    private final Refusals refusals;
    private final Family family;

    CapsTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        scene = new Scene(port);
        this.jdbc = jdbc;
        refusals = new Refusals(scene, jdbc);
        family = Family.at(scene);
    }

    @Test
    void anAgentHasAsManyTasksAsItMayAndAnotherOneWhenOneHasEnded() {
        family.register();
        JsonNode first = family.task();
        JsonNode second = family.task();
        JsonNode third = family.task();

        Answer full = refusals.assertRefused(
                new Expected(429, "temporarily_unavailable", "agent_task_cap"),
                () -> scene.exchange(Scene.request(family.parent(), family.tool(), "read")));
        Answer more = scene.exchange(family.more(family.parent(), first, "read"));
        scene.complete(first);
        JsonNode fourth = family.task();

        assertThat(full.header("Retry-After")).matches("[0-9]+");
        assertThat(more.status())
                .as("more for a task that it has: " + more.text())
                .isEqualTo(200);
        scene.complete(second);
        scene.complete(third);
        scene.complete(fourth);
    }

    @Test
    void itHandsOnAsMuchAsItMayUntilSomeOfItIsTakenUp() {
        family.register();
        JsonNode task = family.task();
        String token = family.handed(task, family.child(), "read");
        family.handed(task, family.child(), "read");

        Answer full = family.delegate(task, family.asks(family.child(), "read"));
        Answer taken = scene.exchange(family.takes(family.child(), token, "read"));
        Answer again = family.delegate(task, family.asks(family.child(), "read"));

        assertThat(full.status()).as(full.text()).isEqualTo(429);
        assertThat(full.header("Retry-After")).matches("[0-9]+");
        assertThat(scene.events("decision=" + full.json().path("decision_id").asString()))
                .singleElement()
                .satisfies(
                        event -> assertThat(event.path("details").path("reason").asString())
                                .isEqualTo("agent_delegation_cap"));
        assertThat(taken.status()).as(taken.text()).isEqualTo(200);
        assertThat(again.status()).as(again.text()).isEqualTo(201);
        scene.complete(task);
    }

    @Test
    void itWaitsForPeopleWithAsManyRequestsAsItMay() {
        family.register();
        scene.permits("@approval(\"finance\") permit(principal, action, resource);");
        Map<String, String> patient = Scene.request(family.parent(), family.tool(), "read");
        patient.put("completion_mode", "deferred");
        scene.exchange(patient);
        scene.exchange(patient);

        Answer full = refusals.assertRefused(
                new Expected(429, "temporarily_unavailable", "approval_cap"), () -> scene.exchange(patient));

        assertThat(full.header("Retry-After")).matches("[0-9]+");
    }

    /** Five have an event of their own, and one event says how many the others were: none is lost in number. */
    @Test
    void strangersBeyondARateShareOneEventThatCountsThem() {
        family.register();
        Map<String, String> strange = Scene.request(family.parent(), family.tool(), "read");
        strange.put("subject_token", Surroundings.WORKLOADS.token(Scene.name("nobody")));
        int many = 20;
        for (int i = 0; i < many; i++) {
            Answer answer = scene.exchange(strange);
            assertThat(answer.status()).as(answer.text()).isEqualTo(400);
            assertThat(answer.json().path("decision_id").asString()).isNotEmpty();
        }
        await("all are counted").atMost(Duration.ofSeconds(20)).until(() -> counted() == many - 5);

        jdbc.sql("UPDATE refusal_count SET minute = minute - interval '2 minutes'")
                .update();
        await("the minute's event")
                .atMost(Duration.ofSeconds(30))
                .until(() -> scene.events("kind=audit.refusals_counted").stream()
                                .filter(event -> event.path("details")
                                        .path("reason")
                                        .asString()
                                        .equals("no_agent"))
                                .mapToLong(event ->
                                        event.path("details").path("counted").asLong())
                                .sum()
                        == many - 5);

        assertThat(jdbc.sql("""
                        SELECT count(*) FROM audit_event WHERE kind = 'exchange.denied' AND details ->> 'reason' = 'no_agent'
                        """).query(Long.class).single()).isEqualTo(5);
        assertThat(counted()).isZero();
        Answer known = scene.exchange(Scene.request(family.parent(), "no-such-tool", "read"));
        assertThat(scene.events("decision=" + known.json().path("decision_id").asString()))
                .as("an agent's refusal always has its event")
                .hasSize(1);
    }

    private long counted() {
        return jdbc.sql("SELECT coalesce(sum(counted), 0) FROM refusal_count WHERE reason = 'no_agent'")
                .query(Long.class)
                .single();
    }

    @Test
    void aPromptIsKeptWhereASettingAsksForIt() {
        family.register();
        JsonNode granted = Family.granted(scene.exchange(PromptsTest.saying(family, PromptsTest.PROMPT)));

        assertThat(PromptsTest.declaration(jdbc, granted).path("prompt").asString())
                .isEqualTo(PromptsTest.PROMPT);
        scene.complete(granted);
    }
}
