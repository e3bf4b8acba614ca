package io.errand.quickstart;

import static io.errand.quickstart.GuardedHttp.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a call whose stream breaks: each decision has an outcome, or an explicit {@code unknown} when the task ends. */
class McpGuardStreamsTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path data;

    @SuppressWarnings("NullAway.Init")
    private static LocalBroker broker;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @SuppressWarnings("NullAway.Init")
    private BreakingServer server;

    @SuppressWarnings("NullAway.Init")
    private GuardedHttp guard;

    @BeforeAll
    static void serve() throws IOException {
        broker = GuardedHttp.serve(data);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void guarded() throws Exception {
        server = new BreakingServer();
        guard = new GuardedHttp(broker, folder, server.url());
        guard.initialize();
    }

    @AfterEach
    void ended() throws Exception {
        guard.close();
        server.close();
    }

    @Test
    void aStreamIsTakenUpAgainAndItsCallHasAnOutcome() throws Exception {
        HttpResponse<String> broken = guard.post(call(7, "list"));
        HttpResponse<String> answered = guard.post("{'jsonrpc':'2.0','id':7,'result':{'roots':[]}}");

        HttpResponse<String> rest = guard.send("GET", "Last-Event-ID", "1");

        assertThat(broken.body()).isEqualTo("""
                        : hello
                        id: 1
                        data:\s

                        id: 2
                        data: {"jsonrpc":"2.0","id":7,"method":"roots/list"}

                        """);
        assertThat(answered.statusCode()).isEqualTo(202);
        assertThat(rest.body()).isEqualTo("id: 3\ndata: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"after\":1}}\n\n");
        guard.awaitOutcomes("succeeded");
    }

    @Test
    void theClientsAnswerThatFailsIsNotItsCallsOutcome() throws Exception {
        guard.post(call(7, "list"));

        HttpResponse<String> refused = guard.post("{'jsonrpc':'2.0','id':7,'result':{}}", "X-Answer", "400");
        guard.send("GET", "Last-Event-ID", "1");

        assertThat(refused.statusCode()).isEqualTo(400);
        guard.awaitOutcomes("succeeded");
    }

    @Test
    void aStreamThatStaysBrokenLeavesAnUnknown() throws Exception {
        guard.post(call(7, "list"));

        guard.end();

        assertThat(guard.outcomes()).containsExactly("unknown");
    }

    @Test
    void aClientThatClosesItsStreamCancelsItsCallAndTheServerIsToldSo() throws Exception {
        try (SilentServer silent = new SilentServer();
                GuardedHttp before = new GuardedHttp(broker, folder, silent.url())) {
            before.postAndHangUp(call(7, "list"));

            await("the server's stream to be closed")
                    .atMost(Duration.ofSeconds(30))
                    .until(silent::isHungUp);
            before.end();

            assertThat(before.outcomes()).containsExactly("unknown");
        }
    }

    @Test
    void anIdIsFreeAgainWhenTheSessionIsOver() throws Exception {
        guard.post(call(7, "list"));
        HttpResponse<String> again = guard.post("{'jsonrpc':'2.0','id':7,'method':'ping'}");

        HttpResponse<String> deleted = guard.send("DELETE");

        assertThat(again.body()).contains("A request with this id is under way.");
        assertThat(deleted.statusCode()).isEqualTo(202);
        assertThat(guard.post("{'jsonrpc':'2.0','id':7,'method':'ping'}").statusCode())
                .isEqualTo(202);
        assertThat(server.seen()).anyMatch(request -> request.startsWith("DELETE"));
    }

    @Test
    void aRefusalIsAFailureAndAFaultIsUnknown() throws Exception {
        assertThat(guard.post(call(1, "list"), "X-Answer", "404").statusCode()).isEqualTo(404);
        guard.awaitOutcomes("failed");

        assertThat(guard.post(call(2, "list"), "X-Answer", "500").statusCode()).isEqualTo(500);
        guard.end();

        assertThat(guard.outcomes()).containsExactlyInAnyOrder("failed", "unknown");
    }

    @Test
    void whatIsPassedOnIsSaidToBeWrittenAsItIs() {
        guard.post(call(7, "list"), "Content-Type", "application/json; charset=utf-7", "Content-Encoding", "br");

        assertThat(server.seen()).last().isEqualTo("POST application/json null");
    }
}
