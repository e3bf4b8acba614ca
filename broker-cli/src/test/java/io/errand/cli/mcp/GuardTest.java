package io.errand.cli.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.AuthorizationDetail;
import io.errand.api.Sha256;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** One call, one decision, one outcome, in both generations of the protocol. */
class GuardTest {

    private static final String MODERN = "'_meta':{'io.modelcontextprotocol/protocolVersion':'2026-07-28',"
            + "'io.modelcontextprotocol/clientCapabilities':{}}";
    private static final ToolMap TOOLS = ToolMap.of(
            Map.of(
                    "add", new ToolMap.Target("notes", "add"),
                    "resource:n:*", new ToolMap.Target("notes", "read"),
                    "prompt:sum", new ToolMap.Target("notes", "read")),
            List.of(AuthorizationDetail.of("notes", List.of("add", "read"))));
    private static final String DENIED = "{'decision':false,'context':{'reasons':['Not today.']}}";

    private final GuardRig rig = new GuardRig(TOOLS, Duration.ofMinutes(1));

    @AfterEach
    void end() {
        rig.close();
    }

    private static String call(int id, String more) {
        return "{'jsonrpc':'2.0','id':" + id + ",'method':'tools/call','params':{'name':'add','arguments':{}," + MODERN
                + more + "}}";
    }

    private static String result(int id, String members) {
        return "{'jsonrpc':'2.0','id':" + id + ",'result':{" + members + "}}";
    }

    private static String asks(int id, String state) {
        return result(id, "'resultType':'input_required','requestState':'" + state + "','inputRequests':{'who':{}}");
    }

    private static String answers(String state) {
        return ",'requestState':'" + state + "','inputResponses':{'who':{'action':'accept'}}";
    }

    private static String list(int id, String more) {
        return "{'jsonrpc':'2.0','id':" + id + ",'method':'tools/list','params':{" + MODERN + more + "}}";
    }

    private static String toolchain(String tools) {
        return "{\"toolchain_sha256\":\"" + Sha256.hex(tools.replace('\'', '"')) + "\"}";
    }

    /** A digest that anybody can make again: of all pages, by name, without what is of the answer alone. */
    @Test
    void theBrokerIsToldWhatToolsTheServerHas() {
        try (GuardRig telling = new GuardRig(TOOLS, Duration.ZERO, true)) {
            telling.passes(list(1, ""));
            telling.server(result(1, "'tools':[{'name':'zip'},{'name':'del'}],'nextCursor':'2'"));
            JsonNode early = telling.client(call(2, "")).orElseThrow();
            telling.passes(list(3, ",'cursor':'2'"));
            telling.server(result(3, "'tools':[{'name':'add','_meta':{'x':1},'description':'Adds'}]"));
            telling.passes(call(4, ""));
            telling.server(result(4, "'resultType':'complete','content':[]"));
            telling.passes(list(5, ""));
            telling.server(result(5, "'tools':[{'description':'Adds','name':'add'},{'name':'del'},{'name':'zip'}]"));
            telling.passes(call(6, ""));
            telling.server(result(6, "'resultType':'complete','content':[]"));
            telling.passes(list(7, ""));
            telling.server(result(7, "'tools':[{'name':'add','description':'Adds, and mails'}]"));
            telling.passes(call(8, ""));

            assertThat(early.at("/result/content/0/text").asString()).contains("tools/list");
            String same = toolchain("[{'description':'Adds','name':'add'},{'name':'del'},{'name':'zip'}]");
            assertThat(telling.told())
                    .containsExactly(same, same, toolchain("[{'description':'Adds, and mails','name':'add'}]"));
            assertThat(telling.notes())
                    .filteredOn(note -> note.contains("toolchain_sha256"))
                    .hasSize(2);
        }
    }

    @Test
    void aPageThatDoesNotFollowIsNoEndOfAList() {
        try (GuardRig telling = new GuardRig(TOOLS, Duration.ZERO, true)) {
            telling.passes(list(1, ",'cursor':'9'"));
            telling.server(result(1, "'tools':[{'name':'add'}]"));
            telling.passes(list(2, ""));
            telling.server("{'jsonrpc':'2.0','id':2,'error':{'code':-1,'message':'no'}}");
            assertThat(telling.client(call(3, ""))).isPresent();
            assertThat(telling.asked()).isEmpty();
        }
    }

    @Test
    void whoDoesNotWantItTellsNothing() {
        rig.passes(list(1, ""));
        rig.server(result(1, "'tools':[{'name':'add'}]"));
        rig.passes(call(2, ""));

        assertThat(rig.told()).containsExactly("");
        assertThat(rig.notes()).isEmpty();
    }

    @Test
    void aCallOfSeveralRoundsIsOneDecisionWithOneOutcome() {
        rig.passes(call(1, ""));
        rig.server(asks(1, "a"));
        rig.passes(call(2, answers("a")));
        rig.server(asks(2, "b"));
        assertThat(rig.outcomes()).isEmpty();
        rig.passes(call(3, answers("b")));
        rig.server(result(3, "'resultType':'complete','content':[]"));

        assertThat(rig.asked()).containsExactly("notes:add");
        assertThat(rig.outcomes()).containsExactly("d1 succeeded");
    }

    @Test
    void aRepeatedContinuationIsRefusedAndTellsTheModel() {
        rig.passes(call(1, ""));
        rig.server(asks(1, "a"));
        rig.passes(call(2, answers("a")));

        JsonNode refused = rig.client(call(3, answers("a"))).orElseThrow();

        assertThat(refused.path("result").path("isError").asBoolean()).isTrue();
        assertThat(refused.path("result").path("content").path(0).path("text").asString())
                .contains("sent before");
        assertThat(rig.asked()).hasSize(1);
    }

    @Test
    void whatWasTakenBackBetweenTheRoundsDoesNotGoOn() {
        rig.passes(call(1, ""));
        rig.server(asks(1, "a"));
        rig.leaseIs("revoking");

        JsonNode refused = rig.client(call(2, answers("a"))).orElseThrow();

        assertThat(refused.path("result").path("content").path(0).path("text").asString())
                .contains("has ended");
        assertThat(refused.path("result")
                        .path("_meta")
                        .path("io.errand/decision")
                        .asString())
                .isEqualTo("d1");
    }

    @Test
    void moreThanEightRoundsAreAFailure() {
        rig.passes(call(0, ""));
        for (int round = 0; round < Continuations.MAX_ROUNDS; round++) {
            rig.server(asks(round, "s" + round));
            rig.passes(call(round + 1, answers("s" + round)));
        }
        rig.server(asks(Continuations.MAX_ROUNDS, "last"));

        assertThat(rig.outcomes()).containsExactly("d1 failed");
        rig.passes(call(20, answers("last")));
        assertThat(rig.asked()).hasSize(2);
    }

    @Test
    void aReadAndAPromptInTwoRoundsAreOneDecisionToo() {
        String read = "{'jsonrpc':'2.0','id':%d,'method':'resources/read','params':{'uri':'n:1'%s}}";
        String prompt = "{'jsonrpc':'2.0','id':%d,'method':'prompts/get','params':{'name':'sum'%s}}";
        for (String request : List.of(read, prompt)) {
            rig.passes(request.formatted(1, ""));
            rig.server(asks(1, "a"));
            rig.passes(request.formatted(2, answers("a")));
            rig.server(result(2, "'resultType':'complete'"));
        }

        assertThat(rig.asked()).containsExactly("notes:read", "notes:read");
        assertThat(rig.outcomes()).containsExactlyInAnyOrder("d1 succeeded", "d2 succeeded");
    }

    @Test
    void aDenialHasTheFormOfTheVersionThatIsSpoken() {
        rig.answer(DENIED);
        rig.answer(DENIED);

        JsonNode modern = rig.client(call(1, "")).orElseThrow().path("result");
        JsonNode old = rig.client("{'jsonrpc':'2.0','id':2,'method':'tools/call','params':{'name':'add'}}")
                .orElseThrow()
                .path("result");

        assertThat(modern.path("resultType").asString()).isEqualTo("complete");
        assertThat(old.has("resultType")).isFalse();
        assertThat(List.of(modern, old)).allSatisfy(result -> {
            assertThat(result.path("isError").asBoolean()).isTrue();
            assertThat(result.path("content").path(0).path("text").asString()).isEqualTo("Denied: Not today.");
        });
        assertThat(rig.notes()).first().isEqualTo("denied: tool add (notes:add): Not today. (decision d1)");
    }

    @Test
    void aReadThatIsDeniedIsAnErrorWithItsReason() {
        rig.answer(DENIED);

        JsonNode error = rig.client("{'jsonrpc':'2.0','id':1,'method':'resources/read','params':{'uri':'n:1'}}")
                .orElseThrow()
                .path("error");

        assertThat(error.path("message").asString()).isEqualTo("Denied: Not today.");
        assertThat(error.path("data").path("io.errand/decision").asString()).isEqualTo("d1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            'resultType':'complete','status':'completed','result':{'content':[]}                | succeeded
            'resultType':'complete','status':'completed','result':{'content':[],'isError':true} | failed
            'resultType':'complete','status':'failed','error':{'code':-32603,'message':'x'}     | failed
            'resultType':'complete','status':'cancelled'                                        | failed
            """)
    void theOutcomeOfATaskOf2026IsToldWhenItIsDone(String state, String outcome) {
        String get = "{'jsonrpc':'2.0','id':%d,'method':'tasks/get','params':{'taskId':'w'," + MODERN + "}}";
        rig.passes(call(1, ""));
        rig.server(result(1, "'resultType':'task','taskId':'w','status':'working'"));
        rig.passes(get.formatted(2));
        rig.server(result(2, "'resultType':'complete','taskId':'w','status':'working'"));
        assertThat(rig.outcomes()).isEmpty();
        rig.passes(get.formatted(3));
        rig.server(result(3, "'taskId':'w'," + state));
        rig.passes(get.formatted(4));
        rig.server(result(4, "'taskId':'w','status':'failed'"));

        assertThat(rig.outcomes()).containsExactly("d1 " + outcome);
        assertThat(rig.asked()).hasSize(1);
    }

    @Test
    void theOutcomeOfATaskOf2025IsWhatItsResultSays() {
        rig.passes(call(1, ",'task':{'ttl':1}"));
        rig.server(result(1, "'task':{'taskId':'w','status':'working'}"));
        assertThat(rig.client("{'jsonrpc':'2.0','id':2,'method':'tasks/result','params':{'taskId':'x'}}"))
                .isPresent();
        rig.passes("{'jsonrpc':'2.0','id':3,'method':'tasks/result','params':{'taskId':'w'}}");
        assertThat(rig.outcomes()).isEmpty();
        rig.server(result(3, "'content':[],'isError':true"));

        assertThat(rig.outcomes()).containsExactly("d1 failed");
    }

    @Test
    void aTaskThatTellsOfItselfIsHeard() {
        for (int id = 1; id < 3; id++) {
            rig.passes(call(id, ""));
            rig.server(result(id, "'resultType':'task','taskId':'w" + id + "','status':'working'"));
        }
        rig.server(
                "{'jsonrpc':'2.0','method':'notifications/tasks','params':{'taskId':'w1','status':'completed','result':{}}}");
        rig.server(
                "{'jsonrpc':'2.0','method':'notifications/tasks/status','params':{'taskId':'w2','status':'failed'}}");

        assertThat(rig.outcomes()).containsExactlyInAnyOrder("d1 succeeded", "d2 failed");
    }

    @Test
    void aListOfTasksHasOnesOwnOnly() {
        rig.passes(call(1, ""));
        rig.server(result(1, "'task':{'taskId':'w','status':'working'}"));
        rig.passes("{'jsonrpc':'2.0','id':2,'method':'tasks/list'}");

        JsonNode shown = rig.server(
                result(2, "'tasks':[{'taskId':'w','status':'completed'},{'taskId':'other','status':'working'}]"));

        assertThat(shown.path("result").path("tasks").size()).isEqualTo(1);
        assertThat(rig.outcomes()).containsExactly("d1 succeeded");
    }

    @Test
    void whatIsHiddenStaysHiddenInCachesAndIsNamedOnce() {
        for (int id = 1; id < 3; id++) {
            rig.passes("{'jsonrpc':'2.0','id':" + id + ",'method':'tools/list','params':{" + MODERN + "}}");
            JsonNode shown = rig.server(
                            result(
                                    id,
                                    "'resultType':'complete','ttlMs':60000,'cacheScope':'public','tools':[{'name':'add'},{'name':'drop\\u001b'}]"))
                    .path("result");

            assertThat(shown.path("tools").toString()).isEqualTo("[{\"name\":\"add\"}]");
            assertThat(shown.path("ttlMs").asInt()).isEqualTo(60000);
            assertThat(shown.path("cacheScope").asString()).isEqualTo("private");
        }
        assertThat(rig.notes())
                .containsExactly("not shown, because no --map names them as an action of this task: drop?");
    }

    @Test
    void otherListsAreCutAlike() {
        rig.passes("{'jsonrpc':'2.0','id':1,'method':'resources/list'}");
        rig.passes("{'jsonrpc':'2.0','id':2,'method':'prompts/list'}");
        rig.passes("{'jsonrpc':'2.0','id':3,'method':'resources/templates/list'}");

        assertThat(rig.server(result(1, "'resources':[{'uri':'n:1'},{'uri':'m:1'}]"))
                        .toString())
                .contains("n:1")
                .doesNotContain("m:1");
        assertThat(rig.server(result(2, "'prompts':[{'name':'sum'},{'name':'pay'}]"))
                        .toString())
                .contains("sum")
                .doesNotContain("pay");
        assertThat(rig.server(result(3, "'resourceTemplates':[{'uriTemplate':'n:{id}'},{'uriTemplate':'m:{id}'}]"))
                        .toString())
                .contains("n:{id}")
                .doesNotContain("m:{id}");
    }

    @Test
    void aNotificationThatNobodyKnowsIsDroppedAndNamed() {
        assertThat(rig.isDropped("{'jsonrpc':'2.0','method':'vendor/go'}")).isTrue();
        assertThat(rig.isDropped("{'jsonrpc':'2.0','method':'resources/read','params':{'uri':'n:1'}}"))
                .isTrue();
        rig.passes("{'jsonrpc':'2.0','method':'notifications/initialized'}");
        assertThat(rig.notes()).first().isEqualTo("a vendor/go without an id was dropped");
    }

    @Test
    void aCallWaitsForPeopleWhereItMay() {
        String pending = "{'decision':false,'context':{'reasons':['A person must approve this first: ops.'],"
                + "'approval':{'id':'a1','url':'http://broker.example/a1','groups':['ops']}}}";
        rig.answer(pending);

        rig.passes(call(1, ""));
        rig.server(result(1, "'resultType':'complete','content':[]"));

        assertThat(rig.asked()).hasSize(2);
        assertThat(rig.outcomes()).containsExactly("d2 succeeded");
        assertThat(rig.notes())
                .containsExactly("tool add (notes:add) waits for an approval: http://broker.example/a1 (decision d1)");
    }
}
