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
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What those who look after agents type, see and send. */
class AgentsTest {

    private static final String CHANGED = """
            {"agent":"bot","change":"x","before":"active","after":"other","who":"person:p:a","at":"2026-11-30T12:00:00Z"}""";

    private final HttpServer server;
    private final Deque<String> answers = new ArrayDeque<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    AgentsTest() throws IOException {
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
        String[] all = Arrays.copyOf(arguments, arguments.length + 2);
        all[arguments.length] = "--data";
        all[arguments.length + 1] = directory.toString();
        return ErrandCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all);
    }

    @Test
    void everyPageIsListed() {
        answers.add(
                "{\"items\":[{\"name\":\"a\",\"state\":\"active\",\"owner\":\"o@x\",\"purpose\":\"p\"}],\"next\":\"YQ\"}");
        answers.add(
                "{\"items\":[{\"name\":\"b\",\"state\":\"draft\",\"owner\":\"o@x\",\"purpose\":\"p\",\"review_by\":\"2027-03-01\"}]}");

        assertThat(run("agents")).as(err.toString()).isZero();

        assertThat(requests)
                .containsExactly("GET /admin/v1/agents?limit=500 ", "GET /admin/v1/agents?limit=500&cursor=YQ ");
        assertThat(out.toString().lines().map(line -> line.split(" {2,}", -1)))
                .containsExactly(
                        new String[] {"AGENT", "STATE", "OWNER", "REVIEW BY", "PURPOSE"},
                        new String[] {"a", "active", "o@x", "-", "p"},
                        new String[] {"b", "draft", "o@x", "2027-03-01", "p"});
    }

    @ParameterizedTest
    @CsvSource({"activate", "suspend", "retire"})
    void aChangeIsSentWithItsReason(String change) {
        answers.add(CHANGED);

        assertThat(run("agents", change, "bot", "--reason", "because"))
                .as(err.toString())
                .isZero();

        assertThat(requests).containsExactly("POST /admin/v1/agents/bot/" + change + " {\"reason\":\"because\"}");
        assertThat(out.toString()).startsWith("bot was active and is other since 2026-11-30T12:00:00Z; ");
    }

    @Test
    void anOwnerIsSentWithTheReason() {
        answers.add(CHANGED);

        assertThat(run("agents", "transfer", "bot", "--to", "b@x", "--reason", "left"))
                .isZero();

        assertThat(requests)
                .containsExactly("POST /admin/v1/agents/bot/transfer {\"owner\":\"b@x\",\"reason\":\"left\"}");
    }

    @Test
    void withoutAReasonNothingIsSent() {
        assertThat(run("agents", "retire", "bot")).isEqualTo(2);

        assertThat(err.toString()).contains("--reason");
        assertThat(requests).isEmpty();
    }

    @Test
    void theHistoryShowsControlCharactersAndObeysNone() {
        answers.add(
                "{\"items\":[{\"at\":\"2026-11-30T12:00:00Z\",\"change\":\"suspended\",\"before\":\"active\",\"after\":\"suspended\",\"who\":\"w\",\"reason\":\"a\\u202eb\"}]}");

        assertThat(run("agents", "history", "bot")).isZero();

        assertThat(out.toString()).contains("suspended", "a\\u{202e}b");
    }

    @Test
    void whatIsUnderWayIsNotWritten() {
        answers.add(offboarding("running", 1));
        Path folder = directory.resolve("left");

        assertThat(run("agents", "report", "bot", "--out", folder.toString())).isEqualTo(1);

        assertThat(out.toString()).contains("its identities are kept", "Of 2 leases 1 are gone", "policies desk,erp");
        assertThat(folder).doesNotExist();
    }

    @Test
    void theReportIsWrittenWithTheReceiptsOfEveryPage() throws IOException {
        answers.add(offboarding("complete", 2));
        answers.add("{\"leases\":[{\"receipt\":\"r1\"}],\"next\":\"YQ\"}");
        answers.add("{\"leases\":[{\"receipt\":\"r2\"}]}");
        Path folder = directory.resolve("left");

        assertThat(run("agents", "report", "bot", "--out", folder.toString()))
                .as(err.toString())
                .isZero();

        assertThat(requests.getLast()).startsWith("GET /admin/v1/revocations/r-1?limit=500&cursor=YQ");
        assertThat(folder.resolve("report.jwt")).hasContent("the.signed.report");
        assertThat(folder.resolve("receipts.txt")).hasContent("r1\nr2");
    }

    private static String offboarding(String state, int revoked) {
        return """
                {"agent":"bot","state":"%s","who":"w","begun_at":"2026-11-30T12:00:00Z","revocation":"r-1","tasks":1,"matched":2,
                 "revoked":%d,"pending":%d,"irrevocable":0%s,
                 "open":{"approvals":[],"exceptions":[],"policies":["desk","erp"],"delegated_by":[]}}
                """.formatted(
                state, revoked, 2 - revoked, state.equals("complete") ? ",\"report\":\"the.signed.report\"" : "");
    }

    @Test
    void aReviewShowsEveryMemberAndTheDigestOfExactlyThat() {
        String shown = "{\"owner\":\"o\",\"tools\":[{\"actions\":[\"read\"]}]}";
        answers.add(review(shown, Request.digest(shown)));

        assertThat(run("agents", "review", "bot")).as(err.toString()).isZero();

        assertThat(out.toString().lines())
                .contains(
                        "owner: o",
                        "tools[0].actions[0]: read",
                        "digest: " + Request.digest(shown),
                        "last review: none");
    }

    @Test
    void aDigestThatIsNotThatOfWhatIsShownIsNotShownAsOne() {
        answers.add(review("{}", "sha256:" + "0".repeat(64)));

        assertThat(run("agents", "review", "bot")).isEqualTo(1);

        assertThat(err.toString()).contains("do not decide on this");
    }

    @Test
    void theDigestIsSentBackWithTheDay() {
        answers.add("{\"agent\":\"bot\",\"review_by\":\"2027-06-01\",\"shown\":\"{}\",\"digest\":\"d\"}");

        assertThat(run("agents", "review", "bot", "--digest", "sha256:1", "--until", "2027-06-01"))
                .as(err.toString())
                .isZero();

        assertThat(requests)
                .containsExactly(
                        "POST /admin/v1/agents/bot/review {\"digest\":\"sha256:1\",\"review_by\":\"2027-06-01\"}");
    }

    private static String review(String shown, String digest) {
        return Json.mapper()
                .writeValueAsString(
                        Map.of("agent", "bot", "owner", "o", "overdue", false, "shown", shown, "digest", digest));
    }
}
