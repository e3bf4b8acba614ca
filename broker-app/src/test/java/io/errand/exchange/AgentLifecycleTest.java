package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.errand.api.Json;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** The table of docs/lifecycle.md: who may take an agent from where to where, and what that does to what lives. */
@BrokerTest
class AgentLifecycleTest {

    private static final Map<String, String> WHY = Map.of("reason", "as the test says");

    private final Scene scene;

    AgentLifecycleTest(@LocalServerPort int port) {
        this.scene = new Scene(port);
    }

    @ParameterizedTest
    @CsvSource({
        "draft, activate, 200, active",
        "draft, suspend, 409, draft",
        "draft, retire, 200, retired",
        "active, activate, 409, active",
        "active, suspend, 200, suspended",
        "active, retire, 200, retired",
        "suspended, activate, 200, active",
        "suspended, suspend, 409, suspended",
        "suspended, retire, 200, retired",
        "retired, activate, 409, retired",
        "retired, suspend, 409, retired",
        "retired, retire, 409, retired",
    })
    void onlyWhatIsInTheTableIsDone(String before, String change, int status, String after) {
        String agent = Scene.name("moved");
        scene.agent(agent, "some-tool", Map.of("state", before));

        Answer answer = move(scene.as("errand.admin"), agent, change);

        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(state(agent)).isEqualTo(after);
        if (status == 409) {
            assertThat(answer.json().path("detail").asString()).contains(agent).endsWith(".");
        } else {
            assertThat(answer.json().path("before").asString()).isEqualTo(before);
            assertThat(answer.json().path("after").asString()).isEqualTo(after);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "activate, errand.admin, 200",
        "activate, errand.operator, 403",
        "activate, errand.approver, 403",
        "activate, errand.auditor, 403",
        "suspend, errand.admin, 200",
        "suspend, errand.operator, 200",
        "suspend, errand.approver, 403",
        "suspend, errand.auditor, 403",
        "retire, errand.admin, 200",
        "retire, errand.operator, 403",
        "retire, errand.approver, 403",
        "retire, errand.auditor, 403",
        "transfer, errand.admin, 200",
        "transfer, errand.operator, 403",
        "transfer, errand.approver, 403",
        "transfer, errand.auditor, 403",
    })
    void onlyWhoIsInTheTableMay(String change, String role, int status) {
        String agent = Scene.name("whose");
        scene.agent(agent, "some-tool", Map.of("state", change.equals("activate") ? "draft" : "active"));

        Answer answer = scene.as(role)
                .post(
                        "/admin/v1/agents/" + agent + "/" + change,
                        change.equals("transfer") ? Map.of("owner", "b@example.com", "reason", "r") : WHY);

        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource({"activate", "suspend", "retire", "transfer"})
    void nothingIsDoneWithoutAReason(String change) {
        String agent = Scene.name("mute");
        scene.agent(agent, "some-tool", Map.of());

        Answer answer = scene.admin()
                .post(
                        "/admin/v1/agents/" + agent + "/" + change,
                        change.equals("transfer") ? Map.of("owner", "b", "reason", " ") : Map.of("reason", " "));

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().path("member").asString()).isEqualTo("reason");
        assertThat(history(agent)).hasSize(1);
    }

    @Test
    void whoIsNotThereIsNotChanged() {
        assertThat(move(scene.admin(), "nobody-of-that-name", "retire").status())
                .isEqualTo(404);
        assertThat(move(scene.admin(), "..%2fx", "retire").status()).isIn(400, 404);
    }

    /** Each with a live lease at a target, of itself and of what it handed on. */
    @ParameterizedTest
    @CsvSource({"suspend, agent_suspended", "retire, agent_retired"})
    void whatLivesEndsWithIt(String change, String reason) {
        Family family = Family.at(scene);
        family.register();
        JsonNode parent = family.task();
        JsonNode child = family.childOf(parent, family.child());

        assertThat(move(scene.admin(), family.parent(), change).status()).isEqualTo(200);

        assertThat(family.state(child)).isEqualTo("cancelled");
        for (JsonNode granted : List.of(parent, child)) {
            await("the login to be gone")
                    .atMost(Duration.ofSeconds(15))
                    .until(() -> !Operators.isInCatalogue(Family.lease(granted)));
        }
        Answer refused = scene.exchange(Scene.request(family.parent(), family.tool(), "read"));
        assertThat(refused.status()).as(refused.text()).isEqualTo(400);
        if (change.equals("suspend")) {
            assertThat(denial(family.parent())).isEqualTo(reason);
        }
    }

    @Test
    void aDraftGetsNothingUntilItIsActivated() {
        String tool = Scene.name("tool");
        String agent = Scene.name("draft");
        scene.jwtTool(tool, Map.of());
        scene.policy(Scene.name("all"), "permit(principal, action, resource == Errand::Tool::\"" + tool + "\");");
        scene.agent(agent, tool, Map.of("state", "draft"));

        Answer before = scene.exchange(Scene.request(agent, tool, "read"));
        move(scene.admin(), agent, "activate");
        Answer after = scene.exchange(Scene.request(agent, tool, "read"));

        assertThat(before.status()).isEqualTo(400);
        assertThat(before.json().path("error").asString()).isEqualTo("access_denied");
        assertThat(denial(agent)).isEqualTo("agent_draft");
        assertThat(after.status()).as(after.text()).isEqualTo(200);
    }

    @Test
    void whoAndWhyAreKeptAndOutliveTheAgent() {
        String agent = Scene.name("known");
        scene.agent(agent, "some-tool", Map.of());
        move(scene.as("errand.operator"), agent, "suspend");
        scene.admin()
                .post("/admin/v1/agents/" + agent + "/transfer", Map.of("owner", "b@example.com", "reason", "left"));
        // By the resource: the state is said, and no reason.
        scene.agent(agent, "some-tool", Map.of("state", "active", "owner", "c@example.com"));
        scene.admin().delete("/admin/v1/agents/" + agent);

        assertThat(history(agent))
                .extracting(
                        entry -> entry.path("change").asString(),
                        entry -> entry.path("before").asString("-"),
                        entry -> entry.path("after").asString("-"),
                        entry -> entry.path("reason").asString("-"),
                        entry -> entry.path("who").asString())
                .containsExactly(
                        tuple("transferred", "b@example.com", "c@example.com", "-", "person:people:root"),
                        tuple("activated", "suspended", "active", "-", "person:people:root"),
                        tuple("transferred", "team@example.com", "b@example.com", "left", "person:people:root"),
                        tuple("suspended", "active", "suspended", "as the test says", "person:people:root"),
                        tuple("created", "-", "active", "-", "person:people:root"));
        assertThat(scene.events("agent=" + agent))
                .extracting(event -> event.path("kind").asString())
                .contains("agent.suspended", "agent.transferred", "agent.activated");
    }

    /** Every member that differs is named, and what the agent had ends with it. */
    @Test
    void whoIsMadeOfSomethingElseIsSuspendedIfItsRegistrationSaysSo() {
        String tool = Scene.name("tool");
        String agent = Scene.name("drifted");
        scene.postgresTool(tool, Map.of());
        scene.policy(Scene.name("all"), "permit(principal, action, resource == Errand::Tool::\"" + tool + "\");");
        scene.agent(agent, tool, Map.of("on_drift", "suspend", "fingerprint", made("m-1", "a")));
        JsonNode granted = Family.granted(scene.exchange(madeOf(agent, tool, made("m-1", "a"))));

        Answer drifted = scene.exchange(madeOf(agent, tool, made("m-2", "b")));

        assertThat(drifted.json().path("error").asString()).isEqualTo("access_denied");
        assertThat(scene.events("agent=" + agent))
                .filteredOn(event -> event.path("kind").asString().equals("exchange.denied"))
                .extracting(event -> event.at("/details/detail").asString())
                .containsExactly(
                        "model was m-1 and is m-2; prompt_sha256 was " + "a".repeat(64) + " and is " + "b".repeat(64));
        assertThat(state(agent)).isEqualTo("suspended");
        assertThat(history(agent).getFirst().path("who").asString()).isEqualTo("broker");
        assertThat(history(agent).getFirst().path("reason").asString()).startsWith("it declared another fingerprint");
        await("the login to be gone")
                .atMost(Duration.ofSeconds(15))
                .until(() -> !Operators.isInCatalogue(Family.lease(granted)));
        scene.exchange(madeOf(agent, tool, made("m-1", "a")));
        assertThat(scene.events("agent=" + agent))
                .extracting(event -> event.at("/details/reason").asString())
                .contains("agent_suspended");
    }

    private static Map<String, String> made(String model, String digit) {
        return Map.of("model", model, "prompt_sha256", digit.repeat(64));
    }

    private static Map<String, String> madeOf(String agent, String tool, Map<String, String> fingerprint) {
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put(
                "task",
                Json.mapper()
                        .writeValueAsString(Map.of("type", "triage", "purpose", "test", "fingerprint", fingerprint)));
        return form;
    }

    /** Whoever applies a file again means what is in the file, and the file says nothing of it. */
    @Test
    void aFileWithoutAStateWakesNobody() {
        String agent = Scene.name("asleep");
        scene.agent(agent, "some-tool", Map.of());
        move(scene.admin(), agent, "suspend");

        scene.agent(agent, "some-tool", Map.of("purpose", "Something else"));

        assertThat(state(agent)).isEqualTo("suspended");
    }

    private static Answer move(Wire by, String agent, String change) {
        return by.post("/admin/v1/agents/" + agent + "/" + change, WHY);
    }

    private String state(String agent) {
        return scene.admin()
                .get("/admin/v1/agents/" + agent)
                .json()
                .path("state")
                .asString();
    }

    private List<JsonNode> history(String agent) {
        return scene.admin().get("/admin/v1/agents/" + agent + "/history").json().path("items").values().stream()
                .toList();
    }

    private String denial(String agent) {
        return scene.events("agent=" + agent).stream()
                .filter(event -> event.path("kind").asString().equals("exchange.denied"))
                .map(event -> event.at("/details/reason").asString())
                .findFirst()
                .orElse("");
    }
}
