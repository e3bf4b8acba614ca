package io.errand.cli.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.api.AuthorizationDetail;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is passed on is what was decided about, whoever reads it. */
class MessageTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "not JSON",
                "",
                "42",
                "[{'jsonrpc':'2.0','id':1,'method':'tools/call','params':{'name':'read'}}]",
                "{'method':'ping','method':'tools/call','id':1}",
                "{'method':'ping','Method':'tools/call','id':1}",
                "{'method':'ping','param\u017f':{},'id':1}",
                "{'id':1,'method':'tools/call','params':{'name':'read','Name':'write'}}",
                "{'id':1,'method':'tools/call','params':{'name':'read','ARGUMENTS':{}}}",
                "{'id':1.5,'method':'tools/call','params':{'name':'read'}}",
                "{'id':null,'method':'tools/list'}",
                "{'id':1,'method':'Tools/Call','params':{'name':'read'}}",
                "{'id':1,'method':'tools/call ','params':{'name':'read'}}",
                "{'id':1,'method':'tools/c\\u200ball','params':{'name':'read'}}",
                "{'id':1,'method':'\uff54ools/call','params':{'name':'read'}}",
                "{'id':1,'method':'ping','result':{}}",
                "{'id':1}",
                "{'id':{},'method':'tools/call','params':{'name':'read'}}",
                "{'id':1,'method':['tools/call']}",
                "{'id':1,'method':'ping'} {'id':2,'method':'tools/call'}"
            })
    void whatMayBeReadInTwoWaysIsRefused(String text) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(Message.Unreadable.class);
    }

    @Test
    void whatIsTooDeepOrTooLongIsRefused() {
        String deep = "{'id':1,'method':'x','params':{'a':" + "[".repeat(100) + "]".repeat(100) + "}}";
        String huge = "{'id':1,'method':'" + "x".repeat(Message.MAX_BYTES) + "'}";

        assertThatThrownBy(() -> read(deep)).isInstanceOf(Message.Unreadable.class);
        assertThatThrownBy(() -> read(huge)).isInstanceOf(Message.Unreadable.class);
    }

    @Test
    void aMessageIsOneLineForEveryReaderAndLosesNothing() throws Exception {
        Message message =
                read("{'id':'a','method':'x','later':{'n':1.10,'big':12345678901234567890,'text':'é\\u2028\\n✓'},\r"
                        + "'params':{}}");

        String line = new String(message.bytes(), StandardCharsets.UTF_8);

        assertThat(line)
                .isEqualTo("{\"id\":\"a\",\"method\":\"x\",\"later\":{\"n\":1.10,\"big\":12345678901234567890,"
                        + "\"text\":\"\\u00E9\\u2028\\n\\u2713\"},\"params\":{}}");
    }

    @Test
    void theSameArgumentsHaveTheSameDigest() throws Exception {
        String one = digest("{'b':[1,{'y':2,'x':'é'}],'a':null}");

        assertThat(digest("{ 'a':null, 'b':[1, {'x':'\\u00e9','y':2}] }")).isEqualTo(one);
        assertThat(digest("{'b':[1,{'y':2,'x':'e'}],'a':null}")).isNotEqualTo(one);
        assertThat(digest("{}"))
                .isEqualTo(digestOf("{'id':1,'method':'tools/call','params':{'name':'read'}}"))
                .isEqualTo("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    }

    @Test
    void onlyWhatIsMappedAndGrantedIsShown() {
        List<AuthorizationDetail> granted = List.of(AuthorizationDetail.of("orders-db", List.of("read")));
        ToolMap mapped = ToolMap.of(
                Map.of(
                        "query", new ToolMap.Target("orders-db", "read"),
                        "change", new ToolMap.Target("orders-db", "write"),
                        "mail", new ToolMap.Target("mailer", "read")),
                granted);

        assertThat(List.of("query", "change", "mail", "read").stream().filter(mapped::isShown))
                .containsExactly("query");
        assertThat(List.of("read", "write").stream().filter(ToolMap.byName(granted)::isShown))
                .containsExactly("read");
        assertThatThrownBy(() ->
                        ToolMap.byName(List.of(granted.getFirst(), AuthorizationDetail.of("hr-db", List.of("read")))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("--map");
    }

    private static String digest(String arguments) throws Exception {
        return digestOf("{'id':1,'method':'tools/call','params':{'name':'read','arguments':" + arguments + "}}");
    }

    private static String digestOf(String call) throws Exception {
        return Subject.of(read(call), ToolMap.byName(List.of())).orElseThrow().argumentsSha256();
    }

    private static Message read(String text) throws Message.Unreadable {
        return Message.read(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }
}
