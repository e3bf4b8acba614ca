package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** P5: what raises a risk counts at once, for what is asked and for what lives, and ends by itself. */
@BrokerTest
class RiskTest {

    private final String agent = Scene.name("clerk");
    private final String other = Scene.name("other");
    private final String tool = Scene.name("erp");
    private final Scene scene;

    @Autowired
    private JdbcClient jdbc;

    RiskTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.agent(other, tool, Map.of());
        permitBelow(50);
    }

    /** An internal tool is 10. It forbids, since others have policies too that permit. */
    private void permitBelow(int risk) {
        permit(tool, "forbid(principal, action, %s) when { context.risk >= " + risk + " };");
    }

    /** @param rule with a place for the resource */
    private void permit(String on, String rule) {
        String resource = "resource == Errand::Tool::\"" + on + "\"";
        scene.policy(agent, "permit(principal, action, " + resource + ");\n" + rule.replace("%s", resource));
    }

    @AfterEach
    void outOfForce() {
        scene.admin().delete("/admin/v1/policies/" + agent);
        for (JsonNode signal : scene.admin().get("/admin/v1/risk").json().path("items")) {
            scene.admin().delete("/admin/v1/risk/" + signal.path("id").asString());
        }
    }

    private Answer raise(Map<String, Object> scope, int points) {
        return scene.as("errand.operator").post("/admin/v1/risk", signal(scope, points, "PT10M"));
    }

    private static Map<String, Object> signal(Map<String, Object> scope, int points, String ttl) {
        return Map.of("scope", scope, "points", points, "reason", "odd answers since noon", "ttl", ttl);
    }

    /** Of each that is to be decided again there is a row for at least 15 s; others may come before it and do the same. */
    private int queued(String column, String value) {
        return jdbc.sql("SELECT count(*) FROM reassessment WHERE cause = 'risk raised' AND " + column + " = :value")
                .param("value", value)
                .query(Integer.class)
                .single();
    }

    private JsonNode granted(String who) {
        return Family.granted(scene.exchange(Scene.request(who, tool, "read")));
    }

    private int asks(String who) {
        return scene.exchange(Scene.request(who, tool, "read")).status();
    }

    @Test
    void aSignalRaisesWhatAnAgentIsHeldToBeAndNobodyElse() {
        JsonNode before = granted(agent);
        JsonNode others = granted(other);

        Answer raised = raise(Map.of("agent", agent), 40);

        assertThat(raised.status()).as(raised.text()).isEqualTo(201);
        assertThat(raised.header("Location"))
                .contains("/admin/v1/risk/" + raised.json().path("id").asString());
        assertThat(queued("agent", agent)).isEqualTo(1);
        assertThat(asks(agent)).isEqualTo(400);
        assertThat(asks(other)).isEqualTo(200);
        JsonNode ended = reassessed(before);
        assertThat(ended.path("details").path("reason").asString()).isEqualTo("policy_forbidden");
        assertThat(ended.at("/details/question/context/risk").asInt()).isEqualTo(50);
        assertThat(state(others)).isEqualTo("active");
        assertThat(ceiling()).isEqualTo("deny");
    }

    @Test
    void signalsAddUpAndOneThatIsClearedCountsNoMore() {
        raise(Map.of("agent", agent), 20);
        assertThat(asks(agent)).isEqualTo(200);
        String second = raise(Map.of("agent", agent), 20).json().path("id").asString();
        assertThat(asks(agent)).isEqualTo(400);

        assertThat(scene.as("errand.operator")
                        .delete("/admin/v1/risk/" + second)
                        .status())
                .isEqualTo(204);

        assertThat(asks(agent)).isEqualTo(200);
        assertThat(scene.as("errand.operator")
                        .delete("/admin/v1/risk/" + second)
                        .status())
                .isEqualTo(404);
        assertThat(scene.admin().get("/admin/v1/risk/" + second).status()).isEqualTo(404);
        assertThat(scene.events("kind=risk.cleared&agent=" + agent))
                .singleElement()
                .satisfies(
                        event -> assertThat(event.path("details").path("risk").asString())
                                .isEqualTo(second));
    }

    @Test
    void aSessionIsItsWholeTreeAndNoOther() {
        JsonNode here = granted(agent);
        JsonNode there = granted(agent);

        raise(Map.of("task_tree", here.path("task").path("id").asString()), 100);

        assertThat(queued("root::text", here.path("task").path("id").asString()))
                .isEqualTo(1);
        reassessed(here);
        assertThat(more(here)).isEqualTo(400);
        assertThat(more(there)).isEqualTo(200);
        assertThat(state(there)).isEqualTo("active");
    }

    private int more(JsonNode task) {
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.remove("task");
        form.put("actor_token", form.get("subject_token"));
        form.put("actor_token_type", Scene.JWT);
        form.put("subject_token", task.path("access_token").asString());
        form.put("subject_token_type", Scene.ACCESS_TOKEN);
        return scene.exchange(form).status();
    }

    @Test
    void whatOneAboveIsHeldToBeGoesForWhatItHandedOn() {
        Family family = Family.at(scene);
        family.register();
        permit(family.tool(), "forbid(principal, action, %s) when { context.risk >= 50 };");
        JsonNode task = family.task();
        JsonNode child = Family.granted(
                scene.exchange(family.takes(family.child(), family.handed(task, family.child(), "read"), "read")));

        raise(Map.of("agent", family.parent()), 40);

        reassessed(child);
        assertThat(family.delegate(task, family.asks(family.child(), "read")).status())
                .isEqualTo(403);
    }

    @Test
    void aUseIsDecidedByItToo() {
        JsonNode task = granted(agent);
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

        // Otherwise the credential has gone, and that would be the reason.
        permit(tool, "forbid(principal, action == Errand::Action::\"use\", %s) when { context.risk >= 50 };");
        raise(Map.of("agent", agent), 40);

        assertThat(used(task, question)).isFalse();
        assertThat(state(task)).isEqualTo("active");
    }

    private boolean used(JsonNode task, Map<String, Object> question) {
        Answer answer =
                scene.anonymous().as(task.path("access_token").asString()).post("/access/v1/evaluation", question);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json().path("decision").asBoolean();
    }

    @Test
    void theTypeAndTheDataSayHowMuchItIsAtLeast() {
        String type = Scene.name("payment");
        String orders = Scene.name("orders");
        scene.jwtTool(
                orders,
                Map.of(
                        "datatypes",
                        List.of(
                                Map.of("name", "lines", "sensitivity", "public"),
                                Map.of("name", "customers", "sensitivity", "restricted"))));
        scene.agent(agent, orders, Map.of("task_types", List.of("triage", type)));
        scene.admin().put("/admin/v1/task-types/" + type, Map.of("risk", 35));
        scene.policy(agent, "permit(principal, action, resource == Errand::Tool::\"" + orders + "\");");

        assertThat(assessed(orders, "triage", null)).isEqualTo(60);
        assertThat(assessed(orders, "triage", "lines")).isZero();
        assertThat(assessed(orders, type, "lines")).isEqualTo(35);
        assertThat(assessed(orders, type, "customers")).isEqualTo(60);
        scene.admin().delete("/admin/v1/task-types/" + type);
    }

    private int assessed(String on, String type, @Nullable String datatype) {
        Map<String, String> form = Scene.request(agent, on, "read");
        form.put("task", "{\"type\":\"" + type + "\"}");
        if (datatype != null) {
            form.computeIfPresent(
                    "authorization_details",
                    (key, details) -> details.replace("}]", ",\"datatypes\":[\"" + datatype + "\"]}]"));
        }
        JsonNode task = Family.granted(scene.exchange(form));
        return scene.events("kind=exchange.granted&task="
                        + task.path("task").path("id").asString())
                .getFirst()
                .at("/details/question/context/risk")
                .asInt(-1);
    }

    /** What was asked about a part is decided again about this part. */
    @Test
    void aPartIsDecidedAgainAsThatPart() {
        scene.jwtTool(
                tool,
                Map.of(
                        "datatypes",
                        List.of(
                                Map.of("name", "lines", "sensitivity", "public"),
                                Map.of("name", "customers", "sensitivity", "restricted"))));
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.computeIfPresent(
                "authorization_details", (key, details) -> details.replace("}]", ",\"datatypes\":[\"lines\"]}]"));
        JsonNode part = Family.granted(scene.exchange(form));

        raise(Map.of("agent", agent), 40);
        decidedAgain();

        assertThat(state(part)).isEqualTo("active");
    }

    private void decidedAgain() {
        await("all are decided again")
                .atMost(Duration.ofSeconds(20))
                .until(() -> jdbc.sql("SELECT count(*) FROM reassessment WHERE round = 1")
                        .query(Integer.class)
                        .single()
                        .equals(0));
    }

    /** It is assessed anew whenever it is asked again, and a replica of the version before reads what is kept. */
    @Test
    void aLeaseKeepsNone() {
        JsonNode granted = granted(agent);

        assertThat(jdbc.sql("SELECT question::text FROM lease WHERE id = :id::uuid")
                        .param("id", Family.lease(granted))
                        .query(String.class)
                        .single())
                .contains("\"now\"")
                .doesNotContain("risk", "exceptions");
    }

    @Test
    void itEndsByItself() {
        String id = raise(Map.of("agent", agent), 40).json().path("id").asString();
        assertThat(asks(agent)).isEqualTo(400);
        jdbc.sql("UPDATE risk_signal SET until = now() WHERE id = :id::uuid")
                .param("id", id)
                .update();

        await("it is over").atMost(Duration.ofSeconds(20)).until(() -> asks(agent) == 200);

        assertThat(scene.events("kind=risk.expired&agent=" + agent)).hasSize(1);
        assertThat(scene.admin().get("/admin/v1/risk").text()).doesNotContain(id);
    }

    @Test
    void whoSaysItAndWhyIsOnRecord() {
        raise(Map.of("agent", agent), 40);

        JsonNode listed =
                scene.as("errand.auditor").get("/admin/v1/risk").json().at("/items/0");
        assertThat(listed.path("scope").path("agent").asString()).isEqualTo(agent);
        assertThat(listed.path("who").asString()).isEqualTo("person:people:root");
        assertThat(scene.events("kind=risk.raised&agent=" + agent))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.path("who").asString()).isEqualTo("person:people:root");
                    assertThat(event.path("details").path("reason").asString()).isEqualTo("odd answers since noon");
                    assertThat(event.path("details").path("points").asInt()).isEqualTo(40);
                });
    }

    @Test
    void whatIsWrongIsNamedAndNotEverybodyMay() {
        Map<String, Object> good = signal(Map.of("agent", agent), 40, "PT10M");
        Map<String, Object> wrong = new HashMap<>();
        wrong.put("points", 101);
        wrong.put("ttl", "P31D");
        wrong.put("reason", " ");
        for (Map.Entry<String, Object> one : wrong.entrySet()) {
            Map<String, Object> bad = new HashMap<>(good);
            bad.put(one.getKey(), one.getValue());
            refused(bad, one.getKey());
            bad.remove(one.getKey());
            refused(bad, one.getKey());
        }
        for (Map<String, Object> scope : List.<Map<String, Object>>of(
                Map.of("agent", "nobody"),
                Map.of("tool", tool),
                Map.of("all", true),
                Map.of("task_tree", "00000000-0000-7000-8000-000000000000"),
                Map.of("agent", agent, "task_tree", "x"),
                Map.of())) {
            refused(signal(scope, 40, "PT10M"), "scope");
        }
        for (String role : List.of("errand.auditor", "errand.approver", "errand.pep")) {
            assertThat(scene.as(role).post("/admin/v1/risk", good).status())
                    .as(role)
                    .isEqualTo(403);
        }
        assertThat(scene.admin().get("/admin/v1/risk").json().path("items")).isEmpty();
    }

    private void refused(Map<String, Object> signal, String member) {
        Answer answer = scene.admin().post("/admin/v1/risk", signal);
        assertThat(answer.status()).as(signal + answer.text()).isEqualTo(400);
        assertThat(answer.json().path("member").asString()).as(answer.text()).isEqualTo(member);
    }

    private JsonNode reassessed(JsonNode granted) {
        String query = "kind=lease.reassessed&lease=" + Family.lease(granted);
        await("it is decided again")
                .atMost(Duration.ofSeconds(20))
                .until(() -> !scene.events(query).isEmpty());
        return scene.events(query).getFirst();
    }

    private String state(JsonNode granted) {
        return scene.admin()
                .get("/admin/v1/leases?task=" + granted.path("task").path("id").asString())
                .json()
                .at("/items/0/state")
                .asString();
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
