package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.api.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A command that a person must approve waits where it is told to, and is refused where it is not. */
class ExecApprovalTest {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path data;

    @SuppressWarnings("NullAway.Init")
    private static LocalBroker broker;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @SuppressWarnings("NullAway.Init")
    private Exec exec;

    @BeforeAll
    static void serve() {
        broker = Served.quickstart(data);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void here() {
        exec = new Exec(broker, folder);
    }

    @AfterEach
    void noOrphans() {
        exec.close();
    }

    /** Correcting orders is what finance approves. */
    private Process correct(String... options) throws Exception {
        List<String> line = new ArrayList<>(
                List.of("exec", "--task", "triage", "--purpose", folder.toString(), "--tool", "orders-db:write"));
        line.addAll(List.of(options));
        line.addAll(List.of("--", "touch", "ran"));
        return exec.errand(line);
    }

    private JsonNode pending() {
        return await("somebody to be asked")
                .atMost(PATIENCE)
                .until(() -> exec.items("/admin/v1/approvals?state=pending"), asked -> !asked.isEmpty())
                .getFirst();
    }

    private void decide(String decision) {
        JsonNode approval = pending();
        var answer = broker.client("fiona", List.of("finance"))
                .post(
                        "/admin/v1/approvals/" + approval.path("id").asString(),
                        Json.mapper()
                                .valueToTree(Map.of(
                                        "decision",
                                        decision,
                                        "digest",
                                        approval.path("digest").asString())));
        assertThat(answer.isSuccess()).as(answer.refusal()).isTrue();
    }

    @Test
    void whatIsApprovedIsRun() throws Exception {
        Process process = correct("--wait-for-approval=PT2M", "--context", "ticket=OPS-1", "--context", "urgent=true");
        String request = broker.client()
                .get("/admin/v1/approvals/" + pending().path("id").asString())
                .body()
                .path("request")
                .asString();

        decide("approve");

        assertThat(process.waitFor()).as(exec.said()).isZero();
        assertThat(folder.resolve("ran")).exists();
        assertThat(exec.said()).contains("errand: waiting for an approval until ", "/approvals/");
        assertThat(request).contains("\"ticket\":\"OPS-1\"", "\"urgent\":true");
    }

    @Test
    void whatIsDeniedIsNot() throws Exception {
        Process process = correct("--wait-for-approval=PT2M");

        decide("deny");

        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(folder.resolve("ran")).doesNotExist();
        assertThat(exec.said().lines().toList()).hasSize(2).last().asString().contains("denied");
    }

    @Test
    void whoeverDoesNotWaitIsRefusedWithTheBrokersSentenceAndTheDecision() throws Exception {
        Process process = correct();

        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(folder.resolve("ran")).doesNotExist();
        assertThat(exec.said())
                .hasLineCount(1)
                .contains("finance")
                .matches("(?s)errand: .* \\(decision [0-9a-f-]{36}\\)\\s*");
        assertThat(exec.items("/admin/v1/approvals?state=pending")).isEmpty();
    }
}
