package io.errand.cli.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.api.AuthorizationDetail;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What nobody here knows is refused, and what is mapped is decided about, whatever it is called. */
class MethodsTest {

    private static final List<AuthorizationDetail> GRANTED = List.of(AuthorizationDetail.of("notes", List.of("read")));
    private static final ToolMap.Target READ = new ToolMap.Target("notes", "read");
    private static final ToolMap TOOLS_ONLY = ToolMap.of(Map.of("list", READ), GRANTED);
    private static final ToolMap ALL_KINDS = ToolMap.of(
            Map.of("list", READ, "prompt:sum up", READ, "resource:notes://open/*", READ, "method:vendor/sync", READ),
            GRANTED);

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', delimiter = '|', textBlock = """
            initialize                 | passes
            ping                       | passes
            server/discover            | passes
            subscriptions/listen       | passes
            logging/setLevel           | passes
            tools/list                 | passes
            prompts/list               | passes
            resources/list             | passes
            resources/templates/list   | passes
            resources/read             | passes
            resources/subscribe        | passes
            resources/unsubscribe      | passes
            prompts/get                | passes
            completion/complete        | passes
            tasks/list                 | passes
            tasks/get                  | -32602
            tasks/result               | -32602
            tasks/update               | -32602
            tasks/cancel               | -32602
            tools/call                 | decided
            tools/run                  | -32601
            vendor/sync                | -32601
            notifications/initialized  | -32601
            sampling/createMessage     | -32601
            rpc.discover               | -32601
            """)
    void asTheManualSays(String method, String fate) throws Exception {
        assertThat(fate(new Methods(TOOLS_ONLY, Set.of(), Set.of()), method, "{}"))
                .isEqualTo(fate);
        if (fate.equals("passes")) {
            assertThat(Files.readString(Path.of("..", "docs", "mcp.md"))).contains("`" + method + "`");
        }
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', delimiter = '|', textBlock = """
            prompts/get         | {'name':'sum up'}                                     | decided
            prompts/get         | {'name':'other'}                                      | -32000
            prompts/get         | {}                                                    | -32000
            resources/read      | {'uri':'notes://open/1'}                              | decided
            resources/read      | {'uri':'notes://closed/1'}                            | -32000
            resources/read      | {'uri':'NOTES://open/1'}                              | -32000
            resources/subscribe | {'uri':'notes://open/1'}                              | passes
            resources/subscribe | {'uri':'notes://closed/1'}                            | -32000
            completion/complete | {'ref':{'type':'ref/prompt','name':'sum up'}}         | passes
            completion/complete | {'ref':{'type':'ref/prompt','name':'other'}}          | -32000
            completion/complete | {'ref':{'type':'ref/resource','uri':'notes://x'}}     | -32000
            vendor/sync         | {}                                                    | decided
            vendor/drop         | {}                                                    | -32601
            """)
    void whereOneOfAKindIsMappedThereAreNoOthers(String method, String params, String fate) throws Exception {
        assertThat(fate(new Methods(ALL_KINDS, Set.of(), Set.of()), method, params))
                .isEqualTo(fate);
    }

    @Test
    void theSwitchesPassAndRefuse() throws Exception {
        Methods methods = new Methods(
                TOOLS_ONLY, Set.of("vendor/sync", "notifications/vendor"), Set.of("resources/read", "prompts/get"));

        assertThat(fate(methods, "vendor/sync", "{}")).isEqualTo("passes");
        assertThat(fate(methods, "resources/read", "{'uri':'notes://open/1'}")).isEqualTo("-32000");
        assertThat(fate(methods, "prompts/get", "{'name':'sum up'}")).isEqualTo("-32000");
        assertThat(fate(
                        new Methods(ALL_KINDS, Set.of(), Set.of("resources/read")),
                        "resources/read",
                        "{'uri':'notes://open/1'}"))
                .isEqualTo("decided");
        assertThat(methods.passes("notifications/vendor")).isTrue();
        assertThat(methods.passes("notifications/other")).isFalse();
        assertThat(methods.passes("notifications/initialized")).isTrue();
        assertThat(methods.passes("tools/list")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tools/call", "tasks/get", " "})
    void whatIsDecidedIsNotLetPass(String method) {
        assertThatThrownBy(() -> new Methods(TOOLS_ONLY, Set.of(method), Set.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("--pass");
    }

    @Test
    void onlyTasksOfOnesOwnCallsAreThere() throws Exception {
        assertThat(new Methods(TOOLS_ONLY, Set.of(), Set.of())
                        .refusal(request("tasks/get", "{'taskId':'mine'}"), GuardRig.tasks("mine")))
                .isEmpty();
    }

    @Test
    void headersMayBeEncodedInOneWayOnly() {
        assertThat(HeaderText.decoded("list")).contains("list");
        assertThat(HeaderText.decoded("=?base64?w6k=?=")).contains("é");
        assertThat(HeaderText.decoded("=?base64?w6k?=")).isEmpty();
        assertThat(HeaderText.decoded("=?base64?w6l=?=")).isEmpty();
        assertThat(HeaderText.decoded("=?base64?/w==?=")).isEmpty();
        assertThat(HeaderText.decoded("=?base64?%?=")).isEmpty();
    }

    private static String fate(Methods methods, String method, String params) throws Exception {
        Message request = request(method, params);
        return methods.refusal(request, GuardRig.tasks())
                .map(refusal -> String.valueOf(refusal.errorCode()))
                .orElse(methods.isDecided(request) ? "decided" : "passes");
    }

    private static Message request(String method, String params) throws Exception {
        return Message.read(("{'id':1,'method':'" + method + "','params':" + params + "}")
                .replace('\'', '"')
                .getBytes(StandardCharsets.UTF_8));
    }
}
