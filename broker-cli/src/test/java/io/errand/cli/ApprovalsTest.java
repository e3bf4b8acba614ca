package io.errand.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.errand.api.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an approver and an operator type, see and send. */
class ApprovalsTest {

    private static final String REQUEST =
            "{\"task\":{\"purpose\":\"pay \u202e1\",\"context\":{}},\"tools\":[{\"actions\":[\"read\",\"write\"],\"name\":\"erp\"}]}";

    private final HttpServer server;
    private final Deque<String> answers = new ArrayDeque<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    ApprovalsTest() throws IOException {
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    }

    @BeforeEach
    void listening() throws IOException {
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        new ServeFile(url, url, url, url).write(directory);
        DevelopmentKey.loadOrCreate(directory);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stopped() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        byte[] body = answers.remove().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, body.length);
        try (var stream = exchange.getResponseBody()) {
            stream.write(body);
        }
    }

    private int run(String... arguments) {
        String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 2);
        all[arguments.length] = "--data";
        all[arguments.length + 1] = directory.toString();
        return ErrandCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all);
    }

    private static String digest() throws Exception {
        return "sha256:"
                + HexFormat.of()
                        .formatHex(
                                MessageDigest.getInstance("SHA-256").digest(REQUEST.getBytes(StandardCharsets.UTF_8)));
    }

    private static String view(String digest) {
        return Json.mapper()
                .writeValueAsString(Map.of(
                        "id",
                        "a-1",
                        "state",
                        "pending",
                        "requester",
                        "ci:triage",
                        "expires_at",
                        "2026-01-01T00:10:00Z",
                        "digest",
                        digest,
                        "request",
                        REQUEST,
                        "verdicts",
                        List.of()));
    }

    @Test
    void everyMemberIsShownAndNothingInItIsObeyed() throws Exception {
        answers.add(view(digest()));

        assertThat(run("approvals", "show", "a-1")).as(err.toString()).isZero();

        assertThat(out.toString().lines())
                .contains(
                        "task.purpose: pay \\u{202e}1",
                        "task.context: {}",
                        "tools[0].actions[0]: read",
                        "tools[0].actions[1]: write",
                        "tools[0].name: erp",
                        "digest: " + digest());
    }

    @Test
    void aDigestThatIsNotThatOfTheRequestIsNotShownAsOne() {
        answers.add(view("sha256:" + "0".repeat(64)));

        assertThat(run("approvals", "show", "a-1")).isEqualTo(1);
        assertThat(err.toString()).contains("do not decide on this");
    }

    @Test
    void theDigestIsSentBackWithTheDecision() {
        answers.add("{\"state\":\"approved\"}");

        int exit = run("approvals", "approve", "a-1", "--digest", "sha256:x", "--as", "fiona", "--group", "finance");

        assertThat(exit).as(err.toString()).isZero();
        assertThat(requests)
                .containsExactly("POST /admin/v1/approvals/a-1 {\"decision\":\"approve\",\"digest\":\"sha256:x\"}");
        assertThat(out.toString()).contains("a-1 is approved");
    }

    @Test
    void pendingOnesAreATable() {
        answers.add("""
                {"items":[{"id":"a-1","agent":"triage","state":"pending","expires_at":"2026-01-01T00:10:00Z",
                           "needs":[{"group":"finance","people":2},{"group":"legal","people":1}]}]}""");

        assertThat(run("approvals")).isZero();

        assertThat(requests).containsExactly("GET /admin/v1/approvals?state=pending ");
        assertThat(out.toString().lines())
                .containsExactly(
                        "APPROVAL  AGENT   BY                 STATE    EXPIRES",
                        "a-1       triage  finance x2, legal  pending  2026-01-01T00:10:00Z");
    }

    @Test
    void breakGlassIsActivatedForOneScopeWithAReasonAndATicket() {
        answers.add(
                "{\"id\":\"b-1\",\"state\":\"active\",\"expires_at\":\"2026-01-01T00:10:00Z\",\"review_by\":\"2026-01-02T00:00:00Z\"}");

        int exit = run(
                "breakglass",
                "activate",
                "--agent",
                "triage",
                "--tool",
                "erp",
                "--ttl",
                "PT5M",
                "--ticket",
                "INC-1",
                "--reason",
                "stuck");

        assertThat(exit).as(err.toString()).isZero();
        assertThat(requests)
                .containsExactly(
                        "POST /admin/v1/breakglass {\"agent\":\"triage\",\"tools\":[\"erp\"],\"reason\":\"stuck\","
                                + "\"ticket\":\"INC-1\",\"ttl\":\"PT5M\"}");
        assertThat(run("breakglass", "activate", "--agent", "a", "--task", "t", "--tool", "erp", "--ttl", "PT5M"))
                .isEqualTo(2);
    }

    @Test
    void whatABreakGlassDoesNotLiftIsSaid() {
        answers.add(
                "{\"id\":\"b-1\",\"agent\":\"triage\",\"state\":\"active\",\"expires_at\":\"2026-01-01T00:10:00Z\",\"review_by\":\"2026-01-02T00:00:00Z\","
                        + "\"nothing_to_lift\":[\"erp\"]}");

        run(
                "breakglass",
                "activate",
                "--agent",
                "triage",
                "--tool",
                "erp",
                "--ttl",
                "PT5M",
                "--ticket",
                "I",
                "--reason",
                "r");

        assertThat(out.toString().strip())
                .isEqualTo(
                        "b-1 is active until 2026-01-01T00:10:00Z; its review, by somebody else, is due by 2026-01-02T00:00:00Z. It changes nothing at"
                                + " erp: no policy in force that concerns triage there is marked @liftable.");
    }

    @Test
    void theEndAndTheReviewOfABreakGlassSayWhatHappened() {
        answers.add(
                "{\"id\":\"b-1\",\"state\":\"ended\",\"ended_at\":\"2026-01-01T00:05:00Z\",\"expires_at\":\"2026-01-01T00:10:00Z\",\"review_by\":\"2026-01-02T00:00:00Z\","
                        + "\"leases\":[\"l-1\",\"l-2\"]}");
        answers.add(
                "{\"id\":\"b-1\",\"state\":\"reviewed\",\"finding\":\"justified\",\"reviewed_by\":\"fiona\",\"reviewed_at\":\"2026-01-03T00:00:00Z\"}");

        run("breakglass", "end", "b-1");
        run("breakglass", "review", "b-1", "--finding", "justified", "--comment", "fine");

        assertThat(out.toString().lines())
                .containsExactly(
                        "b-1 ended at 2026-01-01T00:05:00Z; 2 leases granted under it are being revoked. Its review, by somebody else, is due by"
                                + " 2026-01-02T00:00:00Z.",
                        "b-1 is reviewed: justified, by fiona at 2026-01-03T00:00:00Z.");
    }
}
