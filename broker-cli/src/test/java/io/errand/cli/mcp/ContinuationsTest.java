package io.errand.cli.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.AuthorizationDetail;
import io.errand.api.Json;
import io.errand.cli.mcp.Continuations.Claim;
import io.errand.cli.mcp.Continuations.Step;
import io.errand.client.Decision;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One call is one decision, however many requests it takes; and what was sent once is not done twice. */
class ContinuationsTest {

    private static final ToolMap TOOLS = ToolMap.byName(List.of(AuthorizationDetail.of("notes", List.of("add"))));
    private static final String ASKS_WITH_STATE =
            "{'resultType':'input_required','requestState':'s1','inputRequests':{'who':{}}}";
    private static final String ASKS_WITHOUT = "{'resultType':'input_required','inputRequests':{'who':{},'when':{}}}";
    private static final String ANSWER =
            "{'name':'add','arguments':{'n':1},'requestState':'s1','inputResponses':{'who':{}}}";

    private final Continuations continuations = new Continuations();

    @Test
    void whatHasTheStateThatTheServerGaveContinuesOnce() throws Exception {
        asks(ASKS_WITH_STATE, 0);

        assertThat(claim(ANSWER))
                .isInstanceOfSatisfying(
                        Claim.Continues.class,
                        continued -> assertThat(continued.step().round()).isEqualTo(1));
        assertThat(claim(ANSWER)).isInstanceOf(Claim.Repeated.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'name':'add','arguments':{'n':1}}",
                "{'name':'add','arguments':{'n':1},'requestState':'s2','inputResponses':{'who':{}}}",
                "{'name':'add','arguments':{'n':1},'inputResponses':{'who':{}}}",
                "{'name':'add','arguments':{'n':2},'requestState':'s1','inputResponses':{'who':{}}}",
                "{'name':'add','requestState':'s1','inputResponses':{'who':{}}}",
                "{'name':'purge','arguments':{'n':1},'requestState':'s1','inputResponses':{'who':{}}}",
                "{'name':'add','arguments':{'n':1},'requestState':['s1'],'inputResponses':{'who':{}}}"
            })
    void anythingElseIsANewCall(String params) throws Exception {
        asks(ASKS_WITH_STATE, 0);

        assertThat(claim(params)).isInstanceOf(Claim.NewCall.class);
        assertThat(claim(ANSWER)).isInstanceOf(Claim.Continues.class);
    }

    @Test
    void withoutAStateExactlyWhatWasAskedIsAnswered() throws Exception {
        asks(ASKS_WITHOUT, 0);
        String both = "{'name':'add','arguments':{'n':1},'inputResponses':{'when':1,'who':2}}";

        assertThat(claim(both.replace("'when':1,", ""))).isInstanceOf(Claim.NewCall.class);
        assertThat(claim(both.replace("'when'", "'also':3,'when'"))).isInstanceOf(Claim.NewCall.class);
        assertThat(claim(both.replace("'inputResponses'", "'requestState':'s','inputResponses'")))
                .isInstanceOf(Claim.NewCall.class);
        assertThat(claim(both)).isInstanceOf(Claim.Continues.class);
        assertThat(claim(both)).isInstanceOf(Claim.Repeated.class);
    }

    @Test
    void eachAnswerOfTheServersAllowsOne() throws Exception {
        asks(ASKS_WITH_STATE, 0);
        asks(ASKS_WITH_STATE, 0);

        assertThat(claim(ANSWER)).isInstanceOf(Claim.Continues.class);
        assertThat(claim(ANSWER)).isInstanceOf(Claim.Continues.class);
        assertThat(claim(ANSWER)).isInstanceOf(Claim.Repeated.class);
        asks(ASKS_WITH_STATE, 3);
        assertThat(claim(ANSWER)).isInstanceOf(Claim.Continues.class);
    }

    @Test
    void promptsAndResourcesAlike() throws Exception {
        ToolMap map = ToolMap.of(
                java.util.Map.of(
                        "prompt:add",
                        new ToolMap.Target("notes", "add"),
                        "resource:n:*",
                        new ToolMap.Target("notes", "add")),
                List.of());
        Subject prompt = Subject.of(request("prompts/get", "{'name':'add','arguments':{'n':1}}"), map)
                .orElseThrow();
        Subject resource =
                Subject.of(request("resources/read", "{'uri':'n:1'}"), map).orElseThrow();
        for (Subject subject : List.of(prompt, resource)) {
            continuations.await(new Step(subject, permit(), 0), json(ASKS_WITH_STATE));
        }

        assertThat(claim(ANSWER)).isInstanceOf(Claim.NewCall.class);
        assertThat(continuations.claim(prompt, json(ANSWER))).isInstanceOf(Claim.Continues.class);
        assertThat(continuations.claim(resource, json(ANSWER))).isInstanceOf(Claim.Continues.class);
    }

    @Test
    void afterEightRoundsItIsANewCall() throws Exception {
        assertThat(asks(ASKS_WITH_STATE, Continuations.MAX_ROUNDS - 1)).isTrue();
        assertThat(claim(ANSWER)).isInstanceOf(Claim.Continues.class);

        assertThat(asks(ASKS_WITH_STATE.replace("s1", "s9"), Continuations.MAX_ROUNDS))
                .isFalse();
        assertThat(claim(ANSWER.replace("s1", "s9"))).isInstanceOf(Claim.NewCall.class);
    }

    @Test
    void aServerThatGivesNothingToKnowItByIsNotContinued() throws Exception {
        assertThat(asks("{'resultType':'input_required'}", 0)).isFalse();
    }

    private boolean asks(String result, int round) throws Exception {
        return continuations.await(
                new Step(subject("{'name':'add','arguments':{'n':1}}"), permit(), round), json(result));
    }

    private Claim claim(String params) throws Exception {
        return continuations.claim(subject(params), json(params));
    }

    private static Subject subject(String params) throws Exception {
        return Subject.of(request("tools/call", params), TOOLS).orElseThrow();
    }

    private static Message request(String method, String params) throws Exception {
        return Message.read(("{'id':1,'method':'" + method + "','params':" + params + "}")
                .replace('\'', '"')
                .getBytes(StandardCharsets.UTF_8));
    }

    private static tools.jackson.databind.JsonNode json(String text) {
        return Json.mapper().readTree(text.replace('\'', '"'));
    }

    private static Decision permit() {
        return new Decision(true, Optional.of("d"), List.of(), List.of(), json("{}"));
    }
}
