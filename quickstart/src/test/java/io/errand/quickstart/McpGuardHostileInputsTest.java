package io.errand.quickstart;

import static io.errand.quickstart.GuardedHttp.call;
import static io.errand.quickstart.GuardedHttp.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Guard and server never see different calls: what might be read in two ways is refused, and a server made with the SDK sees none of it. */
class McpGuardHostileInputsTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path data;

    @SuppressWarnings("NullAway.Init")
    private static LocalBroker broker;

    @SuppressWarnings("NullAway.Init")
    private static NotesServer notes;

    @SuppressWarnings("NullAway.Init")
    private static GuardedHttp guard;

    @BeforeAll
    static void serve() throws Exception {
        broker = GuardedHttp.serve(data);
        notes = new NotesServer(data);
        guard = new GuardedHttp(broker, data, notes.url());
        guard.initialize();
    }

    @AfterAll
    static void stop() throws Exception {
        guard.close();
        notes.close();
        broker.close();
    }

    @AfterEach
    void theNextGoodCallIsDone() {
        assertThat(notes.takeCalled()).isEmpty();
        assertThat(guard.post(call(99, "list")).body()).contains("list done");
        assertThat(notes.takeCalled()).containsExactly("list");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    no JSON                     | tools/call                                                                        | 400 | -32700
                    nothing                     | ` `                                                                               | 400 | -32600
                    half a message              | {'id':1,'method':'tools/call','params':{'name':'purge'                            | 400 | -32700
                    two messages                | {'id':1,'method':'ping'}{'id':2,'method':'tools/call','params':{'name':'purge'}}  | 400 | -32700
                    a comment                   | /**/{'id':1,'method':'tools/call','params':{'name':'purge'}}                      | 400 | -32700
                    a batch                     | [{'id':1,'method':'tools/call','params':{'name':'list'}}]                         | 400 | one by one
                    an empty batch              | []                                                                                | 400 | one by one
                    a batch in a batch          | [[{'id':1,'method':'tools/call','params':{'name':'list'}}]]                       | 400 | one by one
                    two names                   | {'id':1,'method':'tools/call','params':{'name':'list','name':'purge'}}            | 400 | Duplicate
                    two names, one escaped      | {'id':1,'method':'tools/call','params':{'name':'list','n\\u0061me':'purge'}}       | 400 | Duplicate
                    two methods                 | {'id':1,'method':'ping','params':{'name':'purge'},'method':'tools/call'}          | 400 | Duplicate
                    two params                  | {'id':1,'method':'tools/call','params':{'name':'list'},'params':{'name':'purge'}} | 400 | Duplicate
                    two ids                     | {'id':1,'id':2,'method':'tools/call','params':{'name':'purge'}}                   | 400 | Duplicate
                    a name in another case      | {'id':1,'method':'tools/call','params':{'name':'list','Name':'purge'}}            | 400 | in case only
                    arguments in another case   | {'id':1,'method':'tools/call','params':{'name':'list','Arguments':{}}}            | 400 | in case only
                    a method in another case    | {'id':1,'method':'ping','METHOD':'tools/call','params':{'name':'purge'}}          | 400 | in case only
                    a call in another case      | {'id':1,'method':'Tools/Call','params':{'name':'purge'}}                          | 400 | looks like
                    a call and a space          | {'id':1,'method':'tools/call ','params':{'name':'purge'}}                         | 400 | looks like
                    a call and a NUL            | {'id':1,'method':'tools/call\\u0000','params':{'name':'purge'}}                    | 400 | looks like
                    a call with a hidden letter | {'id':1,'method':'tools/\\u200bcall','params':{'name':'purge'}}                    | 400 | looks like
                    a call in wide letters      | {'id':1,'method':'\\uff54ools/call','params':{'name':'purge'}}                     | 400 | looks like
                    a list in another case      | {'id':1,'method':'tools/List'}                                                    | 400 | looks like
                    an id of null               | {'id':null,'method':'tools/call','params':{'name':'list'}}                        | 400 | id must be
                    a list with an id of null   | {'id':null,'method':'tools/list'}                                                 | 400 | id must be
                    half an id                  | {'id':1.5,'method':'tools/call','params':{'name':'list'}}                         | 400 | id must be
                    an id that is an object     | {'id':{},'method':'tools/call','params':{'name':'list'}}                          | 400 | id must be
                    a call and an answer        | {'id':1,'method':'tools/call','params':{'name':'list'},'result':{}}               | 400 | or it is an answer
                    neither                     | {'id':1}                                                                          | 400 | or it is an answer
                    a method that is a list     | {'id':1,'method':['tools/call'],'params':{'name':'purge'}}                        | 400 | method must be
                    a call without an id        | {'method':'tools/call','params':{'name':'list'}}                                  | 202 | ``
                    half of a pair in a name    | {'id':1,'method':'tools/call','params':{'name':'list','arguments':{'\\udc00':1}}} | 400 | surrogate
                    a method in escapes         | {'id':1,'method':'tools\\u002fcall','params':{'name':'purge'}}                     | 200 | Denied
                    a name in escapes           | {'id':1,'method':'tools/call','params':{'name':'p\\u0075rge'}}                     | 200 | Denied
                    a denied name in escapes    | {'id':1,'method':'tools/call','params':{'name':'\\u0061dd'}}                       | 200 | Nothing is added here
                    params by position          | {'id':1,'method':'tools/call','params':['list']}                                  | 200 | Denied
                    no params                   | {'id':1,'method':'tools/call'}                                                    | 200 | Denied
                    a name that is a number     | {'id':1,'method':'tools/call','params':{'name':1}}                                | 200 | Denied
                    a name and a space          | {'id':1,'method':'tools/call','params':{'name':'list '}}                          | 200 | Denied
                    a name in another spelling  | {'id':1,'method':'tools/call','params':{'name':'LIST'}}                           | 200 | Denied
                    half of a surrogate pair    | {'id':1,'method':'tools/call','params':{'name':'list','arguments':{'a':'\\ud800'}}} | 400 | surrogate
                    """)
    void itIsRefusedAndTheServerDoesNotSeeIt(String what, String message, int status, String said) {
        HttpResponse<String> answer = guard.post(message.replaceFirst("\\{'", "{'jsonrpc':'2.0','"));

        assertThat(answer.statusCode()).as(what + ": " + answer.body()).isEqualTo(status);
        assertThat(answer.body()).as(what).contains(said);
    }

    @Test
    void whatIsTooDeepOrTooLongIsRefused() {
        String arguments = "{'id':1,'method':'tools/call','params':{'name':'list','arguments':%s}}";

        assertThat(guard.post(arguments.formatted("[".repeat(100) + "]".repeat(100)))
                        .statusCode())
                .isEqualTo(400);
        assertThat(guard.post(arguments.formatted("\"" + "x".repeat(9 << 20) + "\""))
                        .statusCode())
                .isEqualTo(413);
    }

    @Test
    void whoIsRefusedLearnsWhichRequestItWas() {
        assertThat(json(guard.post("{'id':7,'method':'tools/call','params':{'name':'list','NAME':'purge'}}"))
                        .path("id")
                        .asInt())
                .isEqualTo(7);
    }

    @Test
    void headersSayWhatTheMessageSays() {
        assertThat(guard.post(call(1, "list"), "Mcp-Name", "purge").statusCode())
                .isEqualTo(400);
        assertThat(guard.post(call(1, "list"), "Mcp-Method", "ping").statusCode())
                .isEqualTo(400);
        assertThat(guard.post(call(1, "list"), "Mcp-Method", "tools/call", "Mcp-Name", "list")
                        .body())
                .contains("list done");
        assertThat(notes.takeCalled()).containsExactly("list");
    }

    @Test
    void pagesInABrowserAreRefused() {
        assertThat(guard.post(call(1, "list"), "Origin", "http://attacker.example")
                        .statusCode())
                .isEqualTo(403);
        assertThat(guard.post(call(1, "list"), "Origin", "not an origin").statusCode())
                .isEqualTo(403);
        assertThat(guard.post(call(1, "list"), "Origin", "null").statusCode()).isEqualTo(403);
    }

    @Test
    void aCallThatIsCancelledWhileItIsDecidedIsNotPassedOn() {
        guard.line().hold();
        CompletableFuture<HttpResponse<String>> call = guard.posting(call(7, "list"));
        await("the question to be on its way").atMost(Duration.ofSeconds(20)).until(guard.line()::isHolding);

        HttpResponse<String> cancelled =
                guard.post("{'jsonrpc':'2.0','method':'notifications/cancelled','params':{'requestId':7}}");
        guard.line().letGo();

        assertThat(cancelled.statusCode()).isEqualTo(202);
        assertThat(call.join().statusCode()).isEqualTo(202);
        assertThat(call.join().body()).isEmpty();
        await("its outcome")
                .atMost(Duration.ofSeconds(20))
                .until(() -> guard.outcomes().contains("failed"));
    }
}
