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
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kill switch as it is typed: what is sent, what is said, and the exit code that a script can rely on. */
class RevokeTest {

    private final HttpServer server = server();
    private final Deque<String> answers = new ArrayDeque<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

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

    @Test
    void waitingUntilAllAreGoneIsExitCodeZero() {
        answers.add(progress(0, 3, 0));
        answers.add(progress(2, 1, 0));
        answers.add(progress(3, 0, 0));

        int exit = run("revoke", "--agent", "triage", "--reason", "stolen", "--wait");

        assertThat(exit).as(err.toString()).isZero();
        assertThat(requests.getFirst())
                .isEqualTo("POST /admin/v1/revocations {\"scope\":{\"agent\":\"triage\"},\"reason\":\"stolen\"}");
        assertThat(requests.getLast()).startsWith("GET /admin/v1/revocations/r-1");
        assertThat(out.toString().lines())
                .containsExactly(
                        "revocation r-1, lock l-1",
                        "3 leases: 0 seen gone, 3 pending, 0 irrevocable",
                        "3 leases: 2 seen gone, 1 pending, 0 irrevocable",
                        "3 leases: 3 seen gone, 0 pending, 0 irrevocable",
                        "from order to gone: p50 10 ms, p99 20 ms",
                        "all gone; receipts: GET /admin/v1/revocations/r-1");
    }

    @Test
    void whatDoesNotGoIsExitCodeOne() {
        answers.add(progress(2, 0, 1));

        int exit = run("revoke", "--all", "--reason", "drill", "--no-lock", "--wait=PT1S");

        assertThat(exit).isEqualTo(1);
        assertThat(requests).singleElement().asString().contains("{\"scope\":{\"all\":true}", "\"lock\":false");
        assertThat(out.toString()).contains("1 not seen gone; the broker keeps trying");
    }

    @Test
    void aNameThatIsLockedAheadOfTimeIsSaidToBe() {
        answers.add("""
                {"id":"r-1","lock":"l-1","unknown":true,"matched":0,"revoked":0,"pending":0,"irrevocable":0,"latency":{}}""");

        int exit = run("revoke", "--agent", "nosuch", "--reason", "x", "--even-if-unknown", "--wait");

        assertThat(exit).isZero();
        assertThat(requests).singleElement().asString().contains("\"even_if_unknown\":true");
        assertThat(out.toString().lines())
                .containsExactly(
                        "revocation r-1, lock l-1", "nothing is known by that name; it is locked ahead of time");
    }

    @Test
    void whereNothingWasLiveNothingIsSaidToBeGone() {
        answers.add(progress(0, 0, 0));

        assertThat(run("revoke", "--agent", "triage", "--reason", "x", "--wait"))
                .isZero();
        assertThat(out.toString()).contains("there was no live lease").doesNotContain("all gone");
    }

    @Test
    void exactlyOneScopeIsNamedAndAReasonIsGiven() {
        assertThat(run("revoke", "--reason", "x")).isEqualTo(2);
        assertThat(run("revoke", "--agent", "a", "--tool", "b", "--reason", "x"))
                .isEqualTo(2);
        assertThat(run("revoke", "--agent", "a")).isEqualTo(2);
        assertThat(requests).isEmpty();
    }

    @Test
    void leasesAreATable() {
        answers.add("""
                {"items":[{"id":"1","agent":"triage","tool":"orders-db","actions":["read","write"],"state":"revoking",
                           "irrevocable":true,"expires_at":"2026-01-01T00:00:00Z"}]}""");

        int exit = run("leases", "--agent", "tri age");

        assertThat(exit).isZero();
        assertThat(requests).containsExactly("GET /admin/v1/leases?limit=100&agent=tri+age ");
        assertThat(out.toString().lines())
                .containsExactly(
                        "LEASE  AGENT   TOOL       ACTIONS     STATE        EXPIRES",
                        "1      triage  orders-db  read,write  irrevocable  2026-01-01T00:00:00Z");
    }

    @Test
    void whyALeaseIsNotGoneStandsBelowTheTable() {
        answers.add("""
                {"items":[{"id":"1","agent":"a","tool":"t","actions":["read"],"state":"revoking","irrevocable":false,
                           "expires_at":"2026-01-01T00:00:00Z","last_error":"orders: down\\u001b[2J"},
                          {"id":"2","agent":"a","tool":"t","actions":["read"],"state":"revoked","irrevocable":false,
                           "expires_at":"2026-01-01T00:00:00Z","disabled":{"cause":"database x","remedy":"DROP ROLE y;","since":"2026-01-01T00:00:00Z"}}]}""");

        assertThat(run("leases")).isZero();

        assertThat(out.toString().lines().skip(3))
                .containsExactly(
                        "1: orders: down\\u{1b}[2J",
                        "2 is disabled, and still at its target: database x",
                        "  run there: DROP ROLE y;");
    }

    @Test
    void locksAreListedAndLifted() {
        answers.add("""
                {"items":[{"id":"l-1","scope":{"agent":"triage"},"reason":"a\\u001b[2J","who":"root","created_at":"2026-01-01T00:00:00Z"}]}""");
        answers.add("");

        assertThat(run("locks")).isZero();
        assertThat(run("unlock", "l-1")).isZero();

        assertThat(requests).containsExactly("GET /admin/v1/locks ", "DELETE /admin/v1/locks/l-1 ");
        assertThat(out.toString()).contains("agent triage", "a\\u{1b}[2J", "lifted l-1");
    }

    private int run(String... line) {
        List<String> all = new ArrayList<>(List.of(line));
        all.addAll(1, List.of("--data", directory.toString()));
        return ErrandCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
    }

    private static String progress(int revoked, int pending, int irrevocable) {
        return Json.mapper()
                .writeValueAsString(java.util.Map.of(
                        "id",
                        "r-1",
                        "lock",
                        "l-1",
                        "matched",
                        revoked + pending + irrevocable,
                        "revoked",
                        revoked,
                        "pending",
                        pending,
                        "irrevocable",
                        irrevocable,
                        "latency",
                        java.util.Map.of("p50_ms", 10, "p99_ms", 20)));
    }

    private void answer(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + body);
        byte[] answer = answers.remove().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(answer.length == 0 ? 204 : 200, answer.length == 0 ? -1 : answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }

    private static HttpServer server() {
        try {
            return HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
