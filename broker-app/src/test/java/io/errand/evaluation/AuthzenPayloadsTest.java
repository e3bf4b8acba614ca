package io.errand.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** Payloads as AuthZEN's certification sends them, and as those who want to break something do. */
@BrokerTest
class AuthzenPayloadsTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final Scene scene;
    private String task = "";

    AuthzenPayloadsTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        Acting.agent(scene, agent, Acting.tools(tool), Map.of());
        scene.permits();
        task = Acting.on(scene, agent, Map.of(tool, List.of("read"))).task();
    }

    private Answer send(String path, String body) {
        return Acting.gateway(scene)
                .with("X-Request-ID", "bfe9eb29-ab87-4ca3-be83-a1d5d8305716")
                .post(path, body.replace("$TASK", task).replace("$TOOL", tool));
    }

    @Test
    void unknownMembersAreIgnoredAndTheRequestIdComesBack() {
        Answer answer = send("/access/v1/evaluation", """
                {"subject": {"type": "task", "id": "$TASK", "properties": {"department": "Sales"}, "colour": 1},
                 "action": {"name": "read", "properties": {"method": "GET"}, "x": null},
                 "resource": {"type": "tool", "id": "$TOOL", "properties": {"owner": {"a": [1, 2.50]}}},
                 "context": {"time": "1985-10-26T01:22-07:00"}, "foo": {"bar": []}}
                """);

        assertThat(Acting.ok(answer).path("decision").asBoolean()).isTrue();
        assertThat(answer.header("X-Request-ID")).isEqualTo("bfe9eb29-ab87-4ca3-be83-a1d5d8305716");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "null",
                "\"text\"",
                "{\"subject\": {\"type\": \"task\"}, \"action\": {\"name\": \"read\"}, \"resource\": {\"type\": \"tool\", \"id\": \"$TOOL\"}}",
                "{\"subject\": \"task\", \"action\": {\"name\": \"read\"}, \"resource\": {\"type\": \"tool\", \"id\": \"$TOOL\"}}",
                "{\"subject\": {\"type\": \"task\", \"id\": 7}, \"action\": {\"name\": \"read\"}, \"resource\": {\"type\": \"tool\", \"id\": \"x\"}}",
                "{\"subject\": {\"type\": \"task\", \"id\": \"$TASK\"}, \"action\": {\"name\": null}, \"resource\": {\"type\": \"tool\", \"id\": \"x\"}}",
                "{\"subject\": {\"type\": \"task\", \"id\": \"$TASK\"}, \"action\": \"read\", \"resource\": {\"type\": \"tool\", \"id\": \"x\"}}",
                "{\"subject\": {\"type\": \"task\", \"id\": \"$TASK\"}, \"action\": {\"name\": \"read\"}}",
                "{\"subject\": {\"type\": \"task\", \"id\": \"$TASK\"}, \"action\": {\"name\": \"read\"}, \"resource\": {\"type\": \"tool\", \"id\": \"\"}}",
                "{\"subject\": {\"type\": \"task\", \"id\": \"$TASK\"}, \"action\": {\"name\": \"read\"}, \"resource\": {\"type\": \"tool\", \"id\": \"x\"}, \"context\": 1}",
                "{\"subject\": {\"type\": \"task\", \"id\": \"$TASK\"}, \"action\": {\"name\": \"read\", \"properties\": []}, \"resource\": {\"type\": \"tool\", \"id\": \"x\"}}",
                "{\"subject\": {\"type\": \"task\", \"id\": \"$TASK\"}, \"action\": {\"name\": \"\\u0000\"}, \"resource\": {\"type\": \"tool\", \"id\": \"x\"}}",
                "{\"subject\": {\"type\": \"task\", \"id\": \"$TASK\"}, \"action\": {\"name\": \"read\"}, \"resource\": {\"type\": \"tool\", \"id\": \"x\", \"properties\": {\"\\ud800\": 1}}}",
                "{\"subject\": {}, \"subject\": {}}",
                "{\"subject\": ",
                "",
            })
    void whatIsMissingOrMistypedIsAnError(String body) {
        Answer answer = send("/access/v1/evaluation", body);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.text()).doesNotContain("Exception", "io.errand", "java.");
        assertThat(answer.header("X-Request-ID")).isNotEmpty();
    }

    @Test
    void nestingBeyondItsLimitIsAnError() {
        String deep = "[".repeat(40) + "]".repeat(40);

        Answer answer = send("/access/v1/evaluation", "{\"context\": {\"a\": " + deep + "}}");

        assertThat(answer.status()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({"execute_all, 4", "deny_on_first_deny, 2", "permit_on_first_permit, 1"})
    void aBatchIsAnsweredInItsOrderAndByItsSemantic(String semantic, int answered) {
        Answer answer = send("/access/v1/evaluations", """
                {"subject": {"type": "task", "id": "$TASK"}, "resource": {"type": "tool", "id": "$TOOL"},
                 "options": {"evaluations_semantic": "%s", "another": 1},
                 "evaluations": [{"action": {"name": "read"}}, {"action": {"name": "write"}}, {"action": "read"},
                                 {"action": {"name": "read"}, "resource": {"type": "tool", "id": "other"}}]}
                """.formatted(semantic));

        List<Boolean> all = List.of(true, false, false, false);
        List<JsonNode> answers =
                Acting.ok(answer).path("evaluations").values().stream().toList();
        assertThat(answers).extracting(one -> one.path("decision").asBoolean()).isEqualTo(all.subList(0, answered));
        if (answered > 2) {
            assertThat(answers.get(2)
                            .path("context")
                            .path("error")
                            .path("status")
                            .asInt())
                    .isEqualTo(400);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ", \"evaluations\": []"})
    void aBatchOfNoneIsASingleOne(String evaluations) {
        Answer answer = send("/access/v1/evaluations", """
                {"subject": {"type": "task", "id": "$TASK"}, "action": {"name": "read"},
                 "resource": {"type": "tool", "id": "$TOOL"}%s}
                """.formatted(evaluations));

        assertThat(Acting.ok(answer).path("decision").asBoolean()).isTrue();
        assertThat(answer.json().has("evaluations")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"evaluations\": {}}",
                "{\"evaluations\": [{}], \"options\": []}",
                "{\"evaluations\": [{}], \"options\": {\"evaluations_semantic\": 1}}",
                "{\"evaluations\": [{}], \"options\": {\"evaluations_semantic\": \"any\"}}",
            })
    void aBatchThatIsNoneIsAnError(String body) {
        assertThat(send("/access/v1/evaluations", body).status()).isEqualTo(400);
    }

    @Test
    void aTaskThatIsNotThereIsADenialAndNoError() {
        Answer answer = send("/access/v1/evaluation", """
                {"subject": {"type": "task", "id": "' OR 1=1 --"}, "action": {"name": "read"},
                 "resource": {"type": "tool", "id": "$TOOL"}}
                """);

        assertThat(Acting.ok(answer).path("decision").asBoolean(true)).isFalse();
    }
}
