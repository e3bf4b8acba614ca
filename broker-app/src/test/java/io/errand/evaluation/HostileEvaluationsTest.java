package io.errand.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** What those send who want more than they may: no error of the service, nothing permitted, and the next good request works. */
@BrokerTest
class HostileEvaluationsTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final String rule = Scene.name("rule");
    private final Scene scene;
    private Acting acting;

    HostileEvaluationsTest(@LocalServerPort int port) {
        scene = new Scene(port);
        acting = new Acting(scene, MissingNode.getInstance());
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of("sensitivity", "restricted", "destination", "external"));
        Acting.agent(scene, agent, Acting.tools(tool), Map.of());
        scene.permits();
        acting = Acting.on(scene, agent, Acting.tools(tool));
    }

    @AfterEach
    void theNextGoodRequestWorks() {
        scene.admin().delete("/admin/v1/policies/" + rule);
        acting.permitted(tool, "read");
    }

    private Answer send(String body) {
        return acting.wire().post("/access/v1/evaluation", body.replace("$TOOL", tool));
    }

    @Test
    void propertiesNeverOverrideWhatIsRegisteredOrRemembered() {
        scene.policy(rule, """
                forbid(principal == Errand::Agent::"%s", action == Errand::Action::"use", resource)
                when { resource.sensitivity == "restricted" && principal.owner == "team@example.com"
                       && context.task.type == "triage" && !context.break_glass && !context.approval.granted };
                """.formatted(agent));

        Answer answer = send("""
                {"subject": {"type": "task", "id": "%s", "properties": {"owner": "x", "type": "other", "agent": "y"}},
                 "action": {"name": "read", "properties": {"sensitivity": "public", "kind": "read"}},
                 "resource": {"type": "tool", "id": "$TOOL",
                              "properties": {"sensitivity": "public", "destination": "internal", "labels": [], "name": "z"}},
                 "context": {"task": {"type": "other"}, "break_glass": true, "approval": {"granted": true},
                             "session": {"labels": [], "counters": {}}, "now": "2000-01-01T00:00:00Z"}}
                """.formatted(acting.task()));

        assertThat(Acting.ok(answer).path("decision").asBoolean(true)).isFalse();
        assertThat(acting.reason(answer.json())).isEqualTo("policy_forbidden");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"action\": {\"name\": \"read\"}, \"action\": {\"name\": \"read\"}, \"resource\": {\"type\": \"tool\", \"id\": \"$TOOL\"}}",
                "{\"action\": {\"name\": \"write\", \"name\": \"read\"}, \"resource\": {\"type\": \"tool\", \"id\": \"$TOOL\"}}",
                "{\"action\": {\"name\": \"read\"}, \"resource\": {\"type\": \"tool\", \"id\": \"$TOOL\", \"properties\": {\"a\": 1, \"a\": 2}}}",
                "{\"action\": {\"name\": \"read\"}, \"resource\": {\"type\": \"tool\", \"id\": \"$TOOL\"}, \"context\": null}",
                "{\"subject\": null, \"action\": {\"name\": \"read\"}, \"resource\": {\"type\": \"tool\", \"id\": \"$TOOL\"}}",
                "{\"action\": {\"name\": \"read\", \"properties\": null}, \"resource\": {\"type\": \"tool\", \"id\": \"$TOOL\"}}",
                "{\"action\": {\"name\": \"read\"}, \"resource\": {\"type\": [\"tool\"], \"id\": \"$TOOL\"}}",
                "{\"action\": {\"name\": \"read\"}, \"resource\": {\"type\": \"tool\", \"id\": \"$TOOL\"}} {}",
            })
    void whatCanBeReadInTwoWaysIsAnError(String body) {
        Answer answer = send(body);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "READ",
                "read ",
                "rеad", // with a Cyrillic e
                "re\\u0301ad",
                "\\ud83d\\ude00",
                "\\u202edaer",
                "r\\nead",
                "' OR '1'='1",
                "<script>alert(1)</script>",
                "../read",
            })
    void anActionThatOnlyLooksLikeOneOfTheToolIsDeniedAndKeptAsItIs(String name) {
        Answer answer = send(
                "{\"action\": {\"name\": \"" + name + "\"}, \"resource\": {\"type\": \"tool\", \"id\": \"$TOOL\"}}");

        assertThat(Acting.ok(answer).path("decision").asBoolean(true)).isFalse();
        assertThat(acting.reason(answer.json())).isEqualTo("outside_ceiling");
        JsonNode details = acting.events(answer.json()).getFirst().path("details");
        assertThat(details.path("action").asString())
                .isEqualTo(Json.mapper().readValue("\"" + name + "\"", String.class));
        assertThat(details.path("arguments_sha256").asString()).matches("[0-9a-f]{64}");
    }

    @Test
    void namesHaveALengthAndArgumentsTheBodys() {
        Answer longest = send("{\"action\": {\"name\": \"" + "a".repeat(1025)
                + "\"}, \"resource\": {\"type\": \"tool\", \"id\": \"$TOOL\"}}");
        Answer large = send("{\"action\": {\"name\": \"read\"}, \"resource\": {\"type\": \"tool\", \"id\": \"$TOOL\"},"
                + " \"context\": {\"text\": \"" + "a".repeat(60_000) + "\"}}");
        Answer larger = send("{\"action\": {\"name\": \"read\"}, \"resource\": {\"type\": \"tool\", \"id\": \"$TOOL\"},"
                + " \"context\": {\"text\": \"" + "a".repeat(900_000) + "\"}}");

        assertThat(longest.status()).isEqualTo(400);
        assertThat(Acting.ok(large).path("decision").asBoolean()).isTrue();
        assertThat(larger.status()).isEqualTo(400);
        assertThat(larger.text()).contains("body-too-large");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e400000000", "-1e-400000000", "123456789012345678901234567890.5", "1E+2", "0.10"})
    void numbersOfAnySizeAreArguments(String number) {
        Answer answer = send("{\"action\": {\"name\": \"read\"}, \"resource\": {\"type\": \"tool\", \"id\": \"$TOOL\","
                + " \"properties\": {\"n\": " + number + "}}, \"context\": {\"n\": [" + number + "]}}");
        Answer open = Acting.gateway(scene)
                .post(
                        "/access/v1/evaluation",
                        "{\"subject\": {\"type\": \"user\", \"id\": \"u\"}, \"action\": {\"name\": \"x\"},"
                                + " \"resource\": {\"type\": \"todo\", \"id\": \"t\", \"properties\": {\"n\": " + number
                                + "}}}");

        assertThat(Acting.ok(answer).path("decision").asBoolean()).isTrue();
        assertThat(Acting.ok(open).path("decision").asBoolean(true)).isFalse();
    }

    @Test
    void theSameArgumentsHaveTheSameDigestHoweverTheyAreWritten() {
        String first = digest(send("""
                {"action": {"name": "read"}, "resource": {"id": "$TOOL", "type": "tool", "properties": {"b": 1, "a": "é"}}}
                """));
        String second = digest(
                send(
                        "{\"resource\":{\"properties\":{\"a\":\"\\u00e9\",\"b\":1},\"type\":\"tool\",\"id\":\"$TOOL\"},\"action\":{\"name\":\"read\"}}"));
        String other = digest(send("""
                {"action": {"name": "read"}, "resource": {"id": "$TOOL", "type": "tool", "properties": {"b": 2, "a": "é"}}}
                """));

        assertThat(first).isEqualTo(second).isNotEqualTo(other);
    }

    private String digest(Answer answer) {
        return acting.events(Acting.ok(answer))
                .getFirst()
                .path("details")
                .path("arguments_sha256")
                .asString();
    }

    @ParameterizedTest
    @CsvSource({"100, 200", "101, 400", "5000, 400"})
    void aBatchHasALimit(int items, int status) {
        String all = String.join(",", Collections.nCopies(items, "{}"));
        Answer answer = acting.wire()
                .post(
                        "/access/v1/evaluations",
                        "{\"action\": {\"name\": \"read\"}, \"resource\": {\"type\": \"tool\", \"id\": \"" + tool
                                + "\"}, \"evaluations\": [" + all + "]}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        if (status == 200) {
            assertThat(answer.json().path("evaluations").size()).isEqualTo(items);
            assertThat(answer.json().path("evaluations").values())
                    .allMatch(one -> one.path("decision").asBoolean());
        }
    }

    @Test
    void anItemReplacesADefaultAsAWhole() {
        String properties = "{\"type\": \"tool\", \"id\": \"" + tool + "\", \"properties\": {\"x\": 1}}";
        Answer answer = acting.wire()
                .post(
                        "/access/v1/evaluations",
                        "{\"action\": {\"name\": \"write\"}, \"resource\": " + properties
                                + ", \"context\": {\"completion_mode\": \"nonsense\"}, \"evaluations\": ["
                                + "{\"context\": {}}, {\"context\": {}, \"action\": {\"properties\": {}}},"
                                + "{\"context\": {}, \"resource\": {\"id\": \"" + tool
                                + "\"}}, {}, 7, {\"context\": null}]}");

        assertThat(Acting.ok(answer).path("evaluations").values().stream()
                        .map(one -> one.path("context")
                                .path("error")
                                .path("message")
                                .asString(""))
                        .toList())
                .satisfiesExactly(
                        fine -> assertThat(fine).isEmpty(),
                        nameless -> assertThat(nameless).startsWith("action.name"),
                        typeless -> assertThat(typeless).startsWith("resource.type"),
                        mistyped -> assertThat(mistyped).startsWith("context.completion_mode"),
                        number -> assertThat(number).isNotEmpty(),
                        nothing -> assertThat(nothing).startsWith("context"));
    }

    @ParameterizedTest
    @CsvSource({
        "agent, $AGENT",
        "Task, $TASK",
        "task, $TASK ",
        "task, 00000000-0000-0000-0000-000000000000",
        "user, $TASK",
    })
    void aSubjectThatIsNoTaskOfTheTokenIsDenied(String type, String id) {
        Map<String, Object> request = new HashMap<>(Acting.request(tool, "read"));
        request.put(
                "subject",
                Map.of("type", type, "id", id.replace("$AGENT", agent).replace("$TASK", acting.task() + "0")));

        Answer own = acting.wire().post("/access/v1/evaluation", request);
        Answer gateway = Acting.gateway(scene).post("/access/v1/evaluation", request);

        assertThat(Acting.ok(own).path("decision").asBoolean(true)).isFalse();
        assertThat(Acting.ok(gateway).path("decision").asBoolean(true)).isFalse();
    }

    @Test
    void aResourceThatIsNoToolIsDeniedToATask() {
        assertThat(Acting.ok(
                                send(
                                        "{\"action\": {\"name\": \"read\"}, \"resource\": {\"type\": \"Tool\", \"id\": \"$TOOL\"}}"))
                        .path("decision")
                        .asBoolean(true))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"outcome\": 1}",
                "{\"outcome\": null}",
                "{\"outcome\": \"Succeeded\"}",
                "{\"outcome\": \"succeeded\", \"detail\": 7}",
                "{\"outcome\": \"succeeded\", \"detail\": \"\\u0000\"}",
                "{\"outcome\": \"succeeded\", \"detail\": \"\\ud800\"}",
                "{\"outcome\": \"succeeded\", \"outcome\": \"failed\"}",
                "[]",
                "",
            })
    void anOutcomeThatIsNoneLeavesTheDecisionOpen(String body) {
        JsonNode decision = acting.permitted(tool, "read");

        Answer answer = acting.wire().post("/v1/decisions/" + Acting.id(decision) + "/outcome", body);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(acting.tell(decision, "succeeded").status()).isEqualTo(204);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "00000000-0000-0000-0000-000000000000", "..%2f..%2fx", "%00"})
    void anOutcomeOfNoDecisionIsRefused(String id) {
        Answer answer = acting.wire().post("/v1/decisions/" + id + "/outcome", Map.of("outcome", "succeeded"));

        assertThat(answer.status()).as(answer.text()).isIn(400, 404);
    }

    @Test
    void longDetailsAreRefusedAndStrangeOnesAreData() {
        JsonNode decision = acting.permitted(tool, "read");
        String path = "/v1/decisions/" + Acting.id(decision) + "/outcome";

        Answer longer = acting.wire().post(path, Map.of("outcome", "failed", "detail", "é".repeat(513)));
        Answer strange = acting.wire().post(path, Map.of("outcome", "failed", "detail", "<b>\u202e\n"));

        assertThat(longer.status()).isEqualTo(400);
        assertThat(strange.status()).isEqualTo(204);
        assertThat(acting.events(decision)
                        .getLast()
                        .path("details")
                        .path("detail")
                        .asString())
                .isEqualTo("<b>\u202e\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "two words", "~!@#$%^&*()", "bfe9eb29-ab87-4ca3-be83-a1d5d8305716"})
    void theRequestIdComesBackOnAnswersAndRefusals(String id) {
        List<Answer> all = List.of(
                acting.wire().with("X-Request-ID", id).post("/access/v1/evaluation", acting.about(tool, "read")),
                acting.wire().with("X-Request-ID", id).post("/access/v1/evaluations", "{}"),
                scene.anonymous().with("X-Request-ID", id).post("/access/v1/evaluation", "{}"),
                scene.as("errand.admin").with("X-Request-ID", id).post("/access/v1/evaluation", "{}"));

        assertThat(all).extracting(Answer::status).containsExactly(200, 400, 401, 403);
        assertThat(all).allMatch(answer -> answer.header("X-Request-ID").equals(id));
    }

    @Test
    void whoSendsNoRequestIdGetsNone() {
        assertThat(send("{}").header("X-Request-ID")).isEmpty();
    }
}
