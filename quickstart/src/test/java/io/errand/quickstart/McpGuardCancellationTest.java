package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.cli.ApplyCommand;
import java.io.IOException;
import java.io.Writer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Over stdio, with a server that notes what it is sent: a cancellation that comes during the decision comes in time. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("what waits")
class McpGuardCancellationTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path data;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Test
    void aCallThatIsCancelledWhileItIsDecidedNeverReachesTheServer() throws Exception {
        try (LocalBroker broker = new LocalBroker(DataDirectory.take(data), Ports.free())) {
            Served.start(broker);
            assertThat(ApplyCommand.apply(List.of(Path.of("..", "examples", "quickstart")), broker::client, text -> {}))
                    .isEmpty();
            try (Exec exec = new Exec(broker, folder);
                    CutLine line = new CutLine(URI.create(broker.url()))) {
                Process guard = exec.with("ERRAND_URL", line.url())
                        .errand(List.of(
                                "mcp-guard",
                                "--task",
                                "triage",
                                "--purpose",
                                folder.toString(),
                                "--tool",
                                "orders-db:read",
                                "--",
                                "sh",
                                "-c",
                                "tee seen >/dev/null"));
                try (Writer client = guard.outputWriter()) {
                    say(client, "{'jsonrpc':'2.0','id':1,'method':'tools/call','params':{'name':'read'}}");
                    awaitSeen("'id':1");
                    line.hold();
                    say(client, "{'jsonrpc':'2.0','id':2,'method':'tools/call','params':{'name':'read'}}");
                    await("the question to be on its way").atMost(PATIENCE).until(line::isHolding);

                    say(client, "{'jsonrpc':'2.0','method':'notifications/cancelled','params':{'requestId':2}}");
                    say(client, "{'jsonrpc':'2.0','id':3,'method':'ping'}");
                    awaitSeen("'id':3"); // and so the cancellation was read
                    line.letGo();
                }

                assertThat(guard.waitFor()).as(exec.said()).isZero();
                assertThat(Files.readString(folder.resolve("seen")).lines())
                        .hasSize(2)
                        .noneMatch(sent -> sent.contains("\"id\":2") || sent.contains("cancelled"));
                assertThat(exec.items("/admin/v1/audit?kind=evaluation.closed&task="
                                + exec.task().path("id").asString()))
                        .extracting(event -> event.path("outcome").asString())
                        .containsExactlyInAnyOrder("failed", "unknown");
            }
        }
    }

    private static void say(Writer client, String message) throws IOException {
        client.write(message.replace('\'', '"') + "\n");
        client.flush();
    }

    private void awaitSeen(String part) {
        await("the server to have been sent " + part)
                .atMost(PATIENCE)
                .until(() -> Files.exists(folder.resolve("seen"))
                        && Files.readString(folder.resolve("seen")).contains(part.replace('\'', '"')));
    }
}
