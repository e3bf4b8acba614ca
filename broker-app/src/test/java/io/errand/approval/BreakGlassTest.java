package io.errand.approval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** An exception that lifts what says it may be lifted, ends on time, and is reviewed by somebody else. */
@BrokerTest
class BreakGlassTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final Scene scene;
    private final Office office;
    private final JdbcClient jdbc;

    BreakGlassTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.office = new Office(scene, jdbc);
        this.jdbc = jdbc;
    }

    @BeforeEach
    void registered() {
        scene.postgresTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        policy("@id(\"closed\") @liftable");
    }

    private void policy(String annotations) {
        scene.permits("@id(\"all\") permit(principal, action, resource);" + annotations
                + " forbid(principal, action, resource) when { context.actions.contains(\"write\") };");
    }

    private Wire operator(String subject) {
        return office.person(subject, List.of("errand.operator"), List.of());
    }

    private Map<String, Object> wanted(Map<String, Object> changes) {
        Map<String, Object> wanted = new HashMap<>(Map.of(
                "agent",
                agent,
                "tools",
                List.of(tool),
                "reason",
                "orders are stuck",
                "ticket",
                "INC-1",
                "ttl",
                "PT3M"));
        wanted.putAll(changes);
        wanted.values().removeIf("absent"::equals);
        return wanted;
    }

    private JsonNode activated(Map<String, Object> changes) {
        Answer answer = operator("otto").post("/admin/v1/breakglass", wanted(changes));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json();
    }

    private static String path(JsonNode broken, String what) {
        return "/admin/v1/breakglass/" + broken.path("id").asString() + what;
    }

    private Answer write() {
        return scene.exchange(Scene.request(agent, tool, "write"));
    }

    private static String lease(Answer granted) {
        return granted.json().path("credentials").path(0).path("lease_id").asString();
    }

    @Test
    void whoeverActivatesOneThatLiftsNothingIsTold() {
        String other = Scene.name("other");
        scene.postgresTool(other, Map.of());
        scene.permits("@id(\"all\") permit(principal, action, resource);"
                + "@id(\"closed\") @liftable forbid(principal, action, resource == Errand::Tool::\"" + tool + "\");");

        JsonNode broken = activated(Map.of("tools", List.of(tool, other)));

        assertThat(broken.path("nothing_to_lift").toString()).isEqualTo("[\"" + other + "\"]");
        policy("@id(\"closed\") @liftable");
    }

    @Test
    void fromActivationToClosedReviewTheLogAloneTellsIt() {
        Answer before = write();
        JsonNode broken = activated(Map.of());
        Answer granted = write();
        Answer second = operator("oda").post("/admin/v1/breakglass", wanted(Map.of()));
        Answer early = operator("oda").post(path(broken, "/review"), review("justified"));
        Answer ended = operator("otto").post(path(broken, "/end"), Map.of());
        Answer after = write();
        Answer still = operator("oda").post("/admin/v1/breakglass", wanted(Map.of()));
        Answer own = operator("otto").post(path(broken, "/review"), review("justified"));
        Answer reviewed = operator("oda").post(path(broken, "/review"), review("justified"));
        Answer twice = operator("oda").post(path(broken, "/review"), review("unjustified"));

        office.assertRefused(before, "access_denied", "policy_forbidden");
        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
        assertThat(second.status()).as("active, not reviewed").isEqualTo(409);
        assertThat(early.status()).as("while it is active").isEqualTo(409);
        assertThat(ended.status()).as(ended.text()).isEqualTo(200);
        assertThat(ended.json().path("leases").path(0).asString()).isEqualTo(lease(granted));
        office.assertRefused(after, "access_denied", "policy_forbidden");
        assertThat(still.status()).as("ended, not reviewed").isEqualTo(409);
        assertThat(still.json().path("type").asString()).endsWith("review-open");
        assertThat(own.status()).isEqualTo(403);
        assertThat(reviewed.status()).as(reviewed.text()).isEqualTo(200);
        assertThat(twice.status()).isEqualTo(409);
        activated(Map.of());
        List<JsonNode> story = scene.events("agent=" + agent).stream()
                .filter(event -> event.path("kind").asString().startsWith("breakglass.")
                        && event.path("details")
                                .path("break_glass")
                                .asString("")
                                .equals(broken.path("id").asString()))
                .toList();
        assertThat(story)
                .extracting(event -> event.path("kind").asString())
                .containsExactly("breakglass.activated", "breakglass.used", "breakglass.ended", "breakglass.reviewed");
        assertThat(story.get(0).path("who").asString()).isEqualTo("person:people:otto");
        assertThat(story.get(0).path("details").path("ticket").asString()).isEqualTo("INC-1");
        assertThat(story.get(1).path("lease").asString()).isEqualTo(lease(granted));
        assertThat(story.get(1).path("details").path("lifted").path(0).asString())
                .endsWith("/closed");
        assertThat(story.get(3).path("who").asString()).isEqualTo("person:people:oda");
        JsonNode decision = scene.events("kind=exchange.granted&task="
                        + granted.json().path("task").path("id").asString())
                .getFirst();
        assertThat(decision.path("details").path("break_glass").path(0)).isEqualTo(broken.path("id"));
        await("the lease that was granted under it to be seen gone")
                .atMost(Duration.ofSeconds(20))
                .until(() -> state(lease(granted)).equals("revoked"));
    }

    private static Map<String, Object> review(String finding) {
        return Map.of("finding", finding, "comment", "looked at every lease");
    }

    private String state(String lease) {
        return jdbc.sql("SELECT state FROM lease WHERE id = :id::uuid")
                .param("id", lease)
                .query(String.class)
                .single();
    }

    @Test
    void whatIsGrantedUnderItEndsWithIt() {
        JsonNode broken = activated(Map.of("ttl", "PT2S"));
        Answer granted = write();

        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
        assertThat(Instant.parse(granted.json()
                        .path("credentials")
                        .path(0)
                        .path("expires_at")
                        .asString()))
                .isBeforeOrEqualTo(Instant.parse(broken.path("expires_at").asString()));
        Answer renewed = scene.anonymous()
                .as(granted.json().path("access_token").asString())
                .post("/v1/leases/" + lease(granted) + "/renew", Map.of());
        assertThat(renewed.status()).as(renewed.text()).isIn(200, 403, 409);
        await("the lease to be seen gone once its time is over")
                .atMost(Duration.ofSeconds(20))
                .until(() -> state(lease(granted)).equals("revoked"));
        office.assertRefused(write(), "access_denied", "policy_forbidden");
        await("its end to be on the log")
                .atMost(Duration.ofSeconds(10))
                .until(() ->
                        !scene.events("kind=breakglass.ended&agent=" + agent).isEmpty());
    }

    @Test
    void aRenewalUnderItEndsWithItToo() {
        JsonNode broken = activated(Map.of());
        Answer granted = write();

        Answer renewed = scene.anonymous()
                .as(granted.json().path("access_token").asString())
                .post("/v1/leases/" + lease(granted) + "/renew", Map.of());

        assertThat(renewed.status()).as(renewed.text()).isEqualTo(200);
        assertThat(Instant.parse(renewed.json().path("expires_at").asString()))
                .isBeforeOrEqualTo(Instant.parse(broken.path("expires_at").asString()));
    }

    @Test
    void whatIsPermittedAnywayIsNoUseOfIt() {
        JsonNode broken = activated(Map.of());

        Answer granted = scene.exchange(Scene.request(agent, tool, "read"));

        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
        assertThat(Instant.parse(granted.json()
                        .path("credentials")
                        .path(0)
                        .path("expires_at")
                        .asString()))
                .isAfter(Instant.parse(broken.path("expires_at").asString()));
        assertThat(scene.events("kind=breakglass.used&agent=" + agent)).isEmpty();
        scene.complete(granted.json());
    }

    @Test
    void itLiftsNoLockNoCeilingAndNothingThatDoesNotSaySo() {
        activated(Map.of());
        policy("@id(\"closed\")");
        Answer unliftable = write();
        policy("@id(\"closed\") @liftable");
        scene.agent(agent, tool, Map.of("tools", List.of(Map.of("tool", tool, "actions", List.of("read")))));
        Answer outside = write();
        scene.agent(agent, tool, Map.of());
        Answer lock = scene.as("errand.operator")
                .post("/admin/v1/revocations", Map.of("scope", Map.of("agent", agent), "reason", "test", "lock", true));
        Answer locked = write();
        scene.as("errand.operator")
                .delete("/admin/v1/locks/" + lock.json().path("lock").asString());
        String other = Scene.name("orders");
        scene.postgresTool(other, Map.of());

        office.assertRefused(unliftable, "access_denied", "policy_forbidden");
        office.assertRefused(outside, "invalid_authorization_details", "action_outside_ceiling");
        office.assertRefused(locked, "access_denied", "locked");
        assertThat(write().status()).isEqualTo(200);
        scene.agent(agent, other, Map.of());
        office.assertRefused(scene.exchange(Scene.request(agent, other, "write")), "access_denied", "policy_forbidden");
    }

    @Test
    void aTasksOwnIsForThatTaskAndOpenWhileItsAgentsIs() {
        Answer running = scene.exchange(Scene.request(agent, tool, "read"));
        String task = running.json().path("task").path("id").asString();
        activated(Map.of("agent", "absent", "task", task));

        office.assertRefused(write(), "access_denied", "policy_forbidden");
        assertThat(operator("oda")
                        .post("/admin/v1/breakglass", wanted(Map.of()))
                        .status())
                .isEqualTo(409);
        scene.complete(running.json());
    }

    @Test
    void whatIsNotWholeIsRefused() {
        Map<String, Map<String, Object>> wrong = Map.of(
                "reason", Map.of("reason", "absent"),
                "ticket", Map.of("ticket", "absent"),
                "blank reason", Map.of("reason", "  "),
                "too long", Map.of("ttl", "PT1H1S"),
                "no ttl", Map.of("ttl", "absent"),
                "no tools", Map.of("tools", List.of()),
                "unknown tool", Map.of("tools", List.of("nothing")),
                "both", Map.of("task", "01890000-0000-7000-8000-000000000000"),
                "neither", Map.of("agent", "absent"),
                "unknown agent", Map.of("agent", "nobody"));

        wrong.forEach((why, changes) -> assertThat(operator("otto")
                        .post("/admin/v1/breakglass", wanted(changes))
                        .status())
                .as(why)
                .isEqualTo(400));
        assertThat(office.approver("alice", "finance")
                        .post("/admin/v1/breakglass", wanted(Map.of()))
                        .status())
                .isEqualTo(403);
        assertThat(operator("otto")
                        .post("/admin/v1/breakglass/nothing/end", Map.of())
                        .status())
                .isEqualTo(404);
        assertThat(operator("otto")
                        .post("/admin/v1/breakglass/nothing/review", review("justified"))
                        .status())
                .isEqualTo(404);
        office.assertRefused(write(), "access_denied", "policy_forbidden");
    }

    @Test
    void anOverdueReviewIsAlertedOnce() {
        JsonNode broken = activated(Map.of("ttl", "PT1S"));
        jdbc.sql("UPDATE break_glass SET review_by = now() WHERE id = :id::uuid")
                .param("id", broken.path("id").asString())
                .update();

        office.remind();
        await("the alert")
                .atMost(Duration.ofSeconds(30))
                .until(() -> !scene.events("kind=breakglass.review_overdue&agent=" + agent)
                        .isEmpty());
        office.remind();
        await("the next run")
                .atMost(Duration.ofSeconds(30))
                .until(() -> jdbc.sql("SELECT execution_time > now() FROM scheduled_tasks WHERE task_name = :job")
                        .param("job", Office.REMINDERS)
                        .query(Boolean.class)
                        .single());
        await("its end")
                .atMost(Duration.ofSeconds(20))
                .until(() ->
                        !scene.events("kind=breakglass.ended&agent=" + agent).isEmpty());

        assertThat(scene.events("kind=breakglass.review_overdue&agent=" + agent))
                .hasSize(1);
        assertThat(scene.anonymous().get("/actuator/prometheus").text()).contains("errand_breakglass_reviews_overdue");
    }
}
