package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** P3, P5: an exception counts once somebody else approved it, and never after its end; what lives by it goes with it. */
@BrokerTest
class ExceptionsTest {

    private static final String PATH = "/admin/v1/exceptions";

    private final String agent = Scene.name("clerk");
    private final String other = Scene.name("other");
    private final String tool = Scene.name("erp");
    private final String name = Scene.name("standing");
    private final Scene scene;

    @Autowired
    private JdbcClient jdbc;

    ExceptionsTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.agent(other, tool, Map.of());
        // It forbids, since others have policies too that permit.
        String resource = "resource == Errand::Tool::\"" + tool + "\"";
        scene.policy(
                agent,
                "permit(principal, action, " + resource + ");\nforbid(principal, action, " + resource
                        + ") unless { context.exceptions.contains(\"" + name + "\") };");
    }

    private Map<String, Object> wanted() {
        return new HashMap<>(Map.of(
                "name",
                name,
                "agent",
                agent,
                "reason",
                "the year's closing",
                "owner",
                "team@example.com",
                "until",
                Instant.now().plus(2, ChronoUnit.HOURS).toString()));
    }

    private String proposed(Map<String, Object> wanted) {
        Answer answer = scene.admin().post(PATH, wanted);
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json().path("id").asString();
    }

    private Wire approver(String who, String... groups) {
        return scene.anonymous()
                .as(Surroundings.PEOPLE.token(
                        who,
                        claims -> claims.audience(BrokerTest.ISSUER + "/admin")
                                .claim("roles", List.of("errand.approver", "errand.admin"))
                                .claim("groups", List.of(groups))));
    }

    private static Answer approve(Wire who, String id) {
        return who.post(PATH + "/" + id + "/approve", Map.of("comment", "agreed"));
    }

    private String active(Map<String, Object> wanted) {
        String id = proposed(wanted);
        Answer answer = approve(approver("alice"), id);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return id;
    }

    private int asks(String who) {
        return scene.exchange(Scene.request(who, tool, "read")).status();
    }

    @Test
    void anotherAgentOfTheSameNameHasNone() {
        active(wanted());
        assertThat(asks(agent)).isEqualTo(200);

        assertThat(scene.admin()
                        .delete("/admin/v1/agents/" + agent + "?revoke=true")
                        .status())
                .isEqualTo(204);
        scene.agent(agent, tool, Map.of("owner", "somebody.else@example.com"));

        assertThat(asks(agent)).isEqualTo(400);
    }

    @Test
    void anEndFarBeyondAllTimesIsRefused() {
        for (String until : List.of("+1000000000-12-31T23:59:59Z", "+300000-01-01T00:00:00Z")) {
            Map<String, Object> wanted = wanted();
            wanted.put("until", until);

            Answer answer = scene.admin().post(PATH, wanted);

            assertThat(answer.status()).as(answer.text()).isEqualTo(400);
            assertThat(answer.json().path("detail").asString()).startsWith("until is a time after now");
        }
    }

    @Test
    void itCountsOnceSomebodyElseHasApprovedIt() {
        assertThat(asks(agent)).isEqualTo(400);
        String id = proposed(wanted());
        assertThat(asks(agent)).isEqualTo(400);
        assertThat(scene.admin().get(PATH + "/" + id).json().path("state").asString())
                .isEqualTo("proposed");

        Answer approved = approve(approver("alice"), id);

        assertThat(approved.status()).as(approved.text()).isEqualTo(200);
        assertThat(approved.json().path("state").asString()).isEqualTo("active");
        assertThat(approved.json().path("approved_by").asString()).isEqualTo("person:people:alice");
        assertThat(asks(agent)).isEqualTo(200);
        assertThat(asks(other)).isEqualTo(400);
        assertThat(approve(approver("bob"), id).status()).isEqualTo(409);
        assertThat(scene.events("kind=exception.approved&agent=" + agent))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.path("who").asString()).isEqualTo("person:people:alice");
                    assertThat(event.path("details").path("name").asString()).isEqualTo(name);
                });
    }

    @Test
    void whoAskedOrBenefitsDoesNotApproveIt() {
        String id = proposed(wanted());

        for (Wire who : List.of(
                scene.as("errand.admin", "errand.approver"), approver("root"), approver("carol", "team@example.com"))) {
            Answer answer = approve(who, id);
            assertThat(answer.status()).as(answer.text()).isEqualTo(403);
            assertThat(answer.json().path("type").asString()).contains("own-exception");
        }
        scene.agent(agent, tool, Map.of("owner", "dave"));
        assertThat(approve(approver("dave"), id).status()).isEqualTo(403);
        assertThat(asks(agent)).isEqualTo(400);
        assertThat(scene.events("kind=exception.refused&agent=" + agent)).hasSize(4);
        assertThat(approve(scene.as("errand.admin", "errand.operator"), id).status())
                .isEqualTo(403);
    }

    @Test
    void itIsAtItsToolsAlone() {
        String orders = Scene.name("orders");
        scene.jwtTool(orders, Map.of());
        Map<String, Object> elsewhere = wanted();
        elsewhere.put("tools", List.of(orders));
        active(elsewhere);
        assertThat(asks(agent)).isEqualTo(400);

        Map<String, Object> here = wanted();
        here.put("tools", List.of(tool));
        assertThat(scene.admin().post(PATH, here).status()).as("one of a name").isEqualTo(409);
    }

    @Test
    void whatLivesByItGoesWhenItIsEnded() {
        String id = active(wanted());
        JsonNode granted = Family.granted(scene.exchange(Scene.request(agent, tool, "read")));
        assertThat(ceiling()).isEqualTo("permit");

        assertThat(scene.as("errand.operator")
                        .post(PATH + "/" + id + "/end", Map.of())
                        .status())
                .isEqualTo(200);

        assertThat(asks(agent)).isEqualTo(400);
        assertThat(queued()).isEqualTo(1);
        gone(granted);
        assertThat(scene.as("errand.operator")
                        .post(PATH + "/" + id + "/end", Map.of())
                        .status())
                .isEqualTo(404);
        assertThat(scene.admin().get(PATH + "/" + id).json().path("ended_by").asString())
                .isEqualTo("person:people:root");
        active(wanted());
        assertThat(asks(agent)).isEqualTo(200);
    }

    @Test
    void itEndsByItself() {
        String id = active(wanted());
        JsonNode granted = Family.granted(scene.exchange(Scene.request(agent, tool, "read")));
        jdbc.sql("UPDATE exception SET until = now() WHERE id = :id::uuid")
                .param("id", id)
                .update();

        assertThat(asks(agent)).as("at once, whenever it is swept").isEqualTo(400);

        gone(granted);
        await("it is on record")
                .atMost(Duration.ofSeconds(20))
                .until(() ->
                        !scene.events("kind=exception.expired&agent=" + agent).isEmpty());
        assertThat(scene.admin().get(PATH + "/" + id).json().path("ended_by").asString())
                .isEqualTo("broker");
    }

    @Test
    void itsOwnerIsRemindedOnce() {
        String id = active(wanted());
        jdbc.sql("UPDATE exception SET approved_at = now() - interval '3 hours' WHERE id = :id::uuid")
                .param("id", id)
                .update();

        await("it is due")
                .atMost(Duration.ofSeconds(20))
                .until(() -> !scene.events("kind=exception.due&agent=" + agent).isEmpty());

        assertThat(scene.events("kind=exception.due&agent=" + agent))
                .singleElement()
                .satisfies(
                        event -> assertThat(event.path("details").path("owner").asString())
                                .isEqualTo("team@example.com"));
        assertThat(asks(agent)).isEqualTo(200);
    }

    @Test
    void aUseIsDecidedByItToo() {
        String id = active(wanted());
        JsonNode task = Family.granted(scene.exchange(Scene.request(agent, tool, "read")));
        Map<String, Object> question = Map.of(
                "subject",
                        Map.of(
                                "type",
                                "task",
                                "id",
                                task.path("task").path("id").asString()),
                "action", Map.of("name", "read"),
                "resource", Map.of("type", "tool", "id", tool));
        assertThat(used(task, question)).isTrue();

        scene.admin().post(PATH + "/" + id + "/end", Map.of());

        assertThat(used(task, question)).isFalse();
    }

    private boolean used(JsonNode task, Map<String, Object> question) {
        Answer answer =
                scene.anonymous().as(task.path("access_token").asString()).post("/access/v1/evaluation", question);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json().path("decision").asBoolean();
    }

    @Test
    void whatIsWrongIsNamedAndNotEverybodyMay() {
        Map<String, Object> wrong = new HashMap<>();
        wrong.put("name", "A B");
        wrong.put("agent", "nobody");
        wrong.put("tools[0]", List.of("nowhere"));
        wrong.put("reason", " ");
        wrong.put("owner", " ");
        wrong.put("until", Instant.now().minusSeconds(60).toString());
        wrong.forEach((member, value) -> {
            Map<String, Object> bad = wanted();
            bad.put(member.replace("[0]", ""), value);
            refused(bad, member);
        });
        Map<String, Object> late = wanted();
        late.put("until", Instant.now().plus(400, ChronoUnit.DAYS).toString());
        refused(late, "until");
        for (String member : List.of("name", "agent", "reason", "owner", "until")) {
            Map<String, Object> bad = wanted();
            bad.remove(member);
            refused(bad, member);
        }
        assertThat(scene.as("errand.operator").post(PATH, wanted()).status()).isEqualTo(403);
        assertThat(scene.as("errand.auditor").get(PATH).status()).isEqualTo(200);
        assertThat(approve(approver("alice"), "x").status()).isEqualTo(404);
        assertThat(asks(agent)).isEqualTo(400);
    }

    private void refused(Map<String, Object> asked, String member) {
        Answer answer = scene.admin().post(PATH, asked);
        assertThat(answer.status()).as(asked + answer.text()).isEqualTo(400);
        assertThat(answer.json().path("member").asString()).as(answer.text()).isEqualTo(member);
    }

    private int queued() {
        return jdbc.sql("SELECT count(*) FROM reassessment WHERE agent = :agent AND cause = :cause")
                .param("agent", agent)
                .param("cause", "exception " + name + " ended")
                .query(Integer.class)
                .single();
    }

    private void gone(JsonNode granted) {
        await("its lease is ended")
                .atMost(Duration.ofSeconds(20))
                .until(() -> !scene.events("kind=lease.reassessed&lease=" + Family.lease(granted))
                        .isEmpty());
    }

    private String ceiling() {
        return scene.anonymous()
                .as(Surroundings.WORKLOADS.token(agent))
                .get("/v1/agent")
                .json()
                .at("/tools/0/access/0/decision")
                .asString();
    }
}
