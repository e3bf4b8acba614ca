package io.errand.broker.observation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.errand.broker.audit.Audit;
import io.errand.broker.lease.Leases;
import io.errand.broker.lease.LoggedLeases;
import io.errand.broker.observation.ObservationProperties.From;
import io.errand.broker.observation.ObservationProperties.Kind;
import io.errand.broker.observation.ObservationProperties.Source;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;

/** What a target has logged stands beside what was allowed, once, and what was not allowed is told. */
@BrokerTest
class ObservationsTest {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS 'UTC'").withZone(ZoneOffset.UTC);

    private final Scene scene;
    private final ObservationTables tables;
    private final Leases leases;
    private final LoggedLeases logged;
    private final Outbound outbound;
    private final Audit audit;
    private final TransactionTemplate transaction;
    private final Clock clock;
    private final JdbcClient jdbc;

    private final String name = Scene.name("source");

    @TempDir
    private Path folder;

    @Autowired
    ObservationsTest(
            @LocalServerPort int port,
            ObservationTables tables,
            Leases leases,
            LoggedLeases logged,
            Outbound outbound,
            Audit audit,
            TransactionTemplate transaction,
            Clock clock,
            JdbcClient jdbc) {
        scene = new Scene(port);
        this.tables = tables;
        this.leases = leases;
        this.logged = logged;
        this.outbound = outbound;
        this.audit = audit;
        this.transaction = transaction;
        this.clock = clock;
        this.jdbc = jdbc;
    }

    private ObservationProperties settings(Source source) {
        return new ObservationProperties(Map.of(name, source), Duration.ofDays(400));
    }

    /** As it is after a restart too: what is known is in the database. */
    private Observations reader(From from) {
        return reader(source(from));
    }

    private Source source(From from) {
        return new Source(
                Kind.POSTGRES_JSON,
                folder.resolve("postgresql*.json"),
                List.of(),
                null,
                "orders",
                Set.of("errand_broker"),
                from,
                "file",
                List.of());
    }

    private Observations reader(Source source) {
        return new Observations(settings(source), tables, leases, logged, outbound, audit, transaction, clock);
    }

    private static String line(String login, String session, String message, Instant at) {
        return "{\"timestamp\":\"" + TIME.format(at) + "\",\"user\":\"" + login
                + "\",\"dbname\":\"orders\",\"remote_host\":\"10.0.0.7\"," + "\"session_id\":\"" + session
                + "\",\"ps\":\"SELECT\",\"error_severity\":\"LOG\",\"message\":\"" + message + "\"}\n";
    }

    private static String login(String login, String session) {
        return line(login, session, "connection authorized: user=" + login, Instant.now());
    }

    private static String read(String login, String session, String table) {
        return line(login, session, "AUDIT: SESSION,1,1,READ,SELECT,TABLE," + table + ",x,<none>", Instant.now());
    }

    private void append(String file, String text) throws IOException {
        Files.writeString(folder.resolve(file), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private record Granted(String task, String lease) {}

    private Granted granted() {
        String tool = Scene.name("observed");
        scene.jwtTool(tool, Map.of());
        return granted(tool);
    }

    private Granted granted(String agent) {
        scene.agent(agent, agent, Map.of());
        scene.policy(agent, "permit(principal == Errand::Agent::\"" + agent + "\", action, resource);");
        Answer answer = scene.exchange(Scene.request(agent, agent, "read"));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        String lease = answer.json().path("credentials").get(0).path("lease_id").asString();
        return new Granted(
                leases.find(java.util.UUID.fromString(lease)).orElseThrow().task(), lease);
    }

    private JsonNode access(String task) {
        Answer answer = scene.as("errand.auditor").get("/admin/v1/audit/access?task=" + task);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private List<JsonNode> alarms() {
        return scene.events("kind=observation.unleased").stream()
                .filter(event -> event.path("details").path("source").asString().equals(name))
                .toList();
    }

    /** After the time in which a target may still say that it turned somebody away. */
    private List<JsonNode> told(Observations reader) {
        jdbc.sql("UPDATE observation SET tell_at = now() WHERE source = :source AND tell_at IS NOT NULL")
                .param("source", name)
                .update();
        reader.read();
        return alarms();
    }

    @Test
    void whatALeasesLoginDidStandsBesideIt() throws IOException {
        Granted granted = granted();
        String login = "errand_" + granted.lease;
        append(
                "postgresql-1.json",
                login(login, "1.1") + read(login, "1.1", "public.orders") + read(login, "1.1", "public.orders"));
        append("postgresql-1.json", login("errand_broker", "1.2"));

        reader(From.BEGINNING).read();
        reader(From.BEGINNING).read();

        JsonNode access = access(granted.task);
        assertThat(access.path("allowed").get(0).path("lease").asString()).isEqualTo(granted.lease);
        assertThat(access.path("observed").values())
                .extracting(row ->
                        row.path("what").asString() + " " + row.path("command").asString() + " "
                                + row.path("object").asString() + " "
                                + row.path("times").asLong())
                .containsExactlyInAnyOrder("login   1", "statement SELECT public.orders 2");
        assertThat(told(reader(From.BEGINNING))).isEmpty();
    }

    @Test
    void nothingIsReadTwiceOrLeftOutWhenFilesAreRotatedAndEmptied() throws IOException {
        Granted granted = granted();
        String login = "errand_" + granted.lease;
        append("postgresql.json", read(login, "2.1", "a"));
        reader(From.BEGINNING).read();

        String cut = read(login, "2.1", "c");
        append("postgresql.json", read(login, "2.1", "b") + cut.substring(0, 40));
        Files.move(folder.resolve("postgresql.json"), folder.resolve("postgresql.1.json"));
        append("postgresql.json", read(login, "2.1", "d"));
        reader(From.BEGINNING).read();
        append("postgresql.1.json", cut.substring(40));
        reader(From.BEGINNING).read();
        Files.writeString(folder.resolve("postgresql.json"), read(login, "2.1", "e")); // emptied, and written anew
        reader(From.BEGINNING).read();

        assertThat(access(granted.task).path("observed").values())
                .extracting(
                        row -> row.path("object").asString() + row.path("times").asLong())
                .containsExactlyInAnyOrder("a1", "b1", "c1", "d1", "e1");
    }

    @Test
    void whatWasThereBeforeIsLeftAloneUnlessItIsAskedFor() throws IOException {
        append("postgresql.json", login("by_hand", "3.1"));
        reader(From.NOW).read();
        assertThat(told(reader(From.NOW))).isEmpty();

        append("postgresql.json", login("by_hand", "3.2"));
        reader(From.NOW).read();

        assertThat(told(reader(From.NOW))).hasSize(1);
    }

    @Test
    void aFileThatComesLaterIsReadFromItsBeginning() throws IOException {
        reader(From.NOW).read();
        append("postgresql.json", login("by_hand", "5.1"));

        reader(From.NOW).read();

        assertThat(told(reader(From.NOW))).hasSize(1);
    }

    @Test
    void anAddressThatFailsHoldsUpNothingElse() throws IOException {
        append("postgresql.json", login("by_hand", "6.1"));
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        byte[] others = login("by_another_hand", "6.2").getBytes(StandardCharsets.UTF_8);
        server.createContext("/good", exchange -> {
            String range = exchange.getRequestHeaders().getFirst("Range");
            String[] ends = range.substring("bytes=".length()).split("-");
            int from = Integer.parseInt(ends[0]);
            int end = Math.min(others.length, Integer.parseInt(ends[1]) + 1);
            exchange.sendResponseHeaders(from < end ? 206 : 416, from < end ? end - from : -1);
            if (from < end) {
                exchange.getResponseBody().write(others, from, end - from);
            }
            exchange.close();
        });
        server.start();
        try {
            String base = "http://127.0.0.1:" + server.getAddress().getPort();
            Observations reader = reader(new Source(
                    Kind.POSTGRES_JSON,
                    folder.resolve("postgresql*.json"),
                    List.of(URI.create(base + "/bad"), URI.create(base + "/good")),
                    null,
                    "orders",
                    Set.of(),
                    From.BEGINNING,
                    "file",
                    List.of()));

            reader.read();

            assertThat(told(reader))
                    .extracting(event -> event.path("details").path("login").asString())
                    .containsExactlyInAnyOrder("by_hand", "by_another_hand");
            assertThat(reader.failure(name)).get().asString().contains("/bad answers 404");
        } finally {
            server.stop(0);
        }
    }

    /** Another deployment's tokens at the same Vault bear ids too: of these is told what is told of others. */
    @Test
    void whatBearsAnIdOfNoLeaseIsToldWhereOnlyLeasesAreFor() throws IOException {
        for (String path : List.of("database/creds/orders", "kv/data/theirs")) {
            append("audit.log", """
                    {"auth":{"accessor":"hmac-sha256:ab","display_name":"token-01900000-0000-7000-8000-000000000000",\
                    "policy_results":{"allowed":true},"token_type":"service"},\
                    "request":{"id":"4d","mount_type":"database","operation":"read","path":"%s","remote_address":"10.0.0.7"},\
                    "error":"","time":"2026-11-30T10:00:00.1Z","type":"response"}
                    """.formatted(path));
        }

        reader(new Source(
                        Kind.VAULT_AUDIT,
                        folder.resolve("audit.log"),
                        List.of(),
                        null,
                        "vault",
                        Set.of(),
                        From.BEGINNING,
                        "file",
                        List.of("database/creds/")))
                .read();

        assertThat(jdbc.sql("SELECT object FROM observation WHERE source = :source")
                        .param("source", name)
                        .query(String.class)
                        .list())
                .containsExactly("database/creds/orders");
    }

    @Test
    void whatNoLeaseAllowsIsAnEventAndOnlyOneAMinute() throws IOException {
        Granted granted = granted();
        String stranger = "errand_01900000-0000-7000-8000-000000000000";
        append("postgresql.json", login("by_hand", "4.1") + login("by_hand", "4.2") + login(stranger, "4.3"));
        append(
                "postgresql.json",
                line(
                        "errand_" + granted.lease,
                        "4.4",
                        "connection authorized: user=x",
                        Instant.now().minusSeconds(3600)));
        append("postgresql.json", "no record\n{\"user\":7}\n");
        append(
                "postgresql.json",
                "{\"user\":\"nobody\",\"session_id\":\"4.5\",\"error_severity\":\"FATAL\",\"state_code\":\"28P01\",\"message\":\"no\"}\n");

        reader(From.BEGINNING).read();
        assertThat(alarms()).as("the target may still turn them away").isEmpty();

        assertThat(told(reader(From.BEGINNING)))
                .extracting(event -> event.path("details").path("login").asString() + ": "
                        + event.path("details").path("reason").asString())
                .containsExactlyInAnyOrder(
                        "by_hand: the login is of no lease",
                        stranger + ": there is no such lease",
                        "errand_" + granted.lease + ": its lease was not made yet");
        assertThat(access(granted.task).path("unleased").values())
                .extracting(row -> row.path("session").asString())
                .contains("4.1", "4.2", "4.3");
    }

    /** PostgreSQL looks whether the role is still there after it wrote that the password was right. */
    @Test
    void aLoginThatItsTargetTurnedAwayIsNone() throws IOException {
        String gone = "errand_01900000-0000-7000-8000-000000000001";
        append("postgresql.json", login(gone, "7.1"));
        reader(From.BEGINNING).read();
        append("postgresql.json", rejected(gone, "7.1") + login(gone, "7.2") + rejected(gone, "7.2"));
        append("postgresql.json", login(gone, "7.3") + read(gone, "7.3", "public.orders"));
        reader(From.BEGINNING).read();

        assertThat(alarms())
                .extracting(event -> event.path("details").path("session").asString())
                .containsExactly("7.3");
        assertThat(told(reader(From.BEGINNING))).hasSize(1);
        assertThat(jdbc.sql("SELECT DISTINCT session FROM observation WHERE source = :source AND what <> 'rejected'")
                        .param("source", name)
                        .query(String.class)
                        .list())
                .containsExactly("7.3");
    }

    /** Only the server writes FATAL: what a session raises takes nothing back. */
    @Test
    void aSessionTakesItsOwnLoginNotBack() throws IOException {
        String raised = rejected("by_hand", "8.1").replace("FATAL", "ERROR");
        append("postgresql.json", login("by_hand", "8.1") + raised);
        reader(From.BEGINNING).read();

        assertThat(told(reader(From.BEGINNING))).hasSize(1);
    }

    @Test
    void whatIsOldIsPruned() throws IOException {
        String login = "errand_" + granted().lease;
        append("postgresql.json", login(login, "9.1"));
        append(
                "postgresql.json",
                line(
                        login,
                        "9.2",
                        "connection authorized: user=x",
                        Instant.now().minus(Duration.ofDays(401))));
        Observations reader = reader(From.BEGINNING);
        reader.read();

        reader.prune();

        assertThat(jdbc.sql("SELECT session FROM observation WHERE source = :source")
                        .param("source", name)
                        .query(String.class)
                        .list())
                .containsExactly("9.1");
    }

    private static String rejected(String login, String session) {
        return line(login, session, "role does not exist", Instant.now())
                .replace("\"LOG\"", "\"FATAL\",\"state_code\":\"28000\"");
    }

    /** What was used stands in the audit log once the lease is gone, and again when more of it is read. */
    @Test
    void whatALeaseWasUsedForGoesIntoTheAuditLog() throws IOException {
        String tool = Scene.name("observed");
        scene.postgresTool(tool, Map.of());
        Granted granted = granted(tool);
        String login = "errand_" + granted.lease;
        append("postgresql.json", login(login, "10.1") + read(login, "10.1", "public.orders"));
        Observations reader = reader(From.BEGINNING);
        LeaseSummaries summaries =
                new LeaseSummaries(settings(source(From.BEGINNING)), tables, leases, audit, transaction);
        reader.read();
        summarized(summaries, granted);
        assertThat(observed(granted)).as("it is live").isEmpty();

        assertThat(scene.admin()
                        .post(
                                "/admin/v1/revocations",
                                Map.of("scope", Map.of("task", granted.task), "reason", "observed"))
                        .status())
                .isLessThan(300);
        await("it is gone")
                .until(() -> leases.find(java.util.UUID.fromString(granted.lease))
                                .orElseThrow()
                                .revokedAt()
                        != null);
        summarized(summaries, granted);
        summarized(summaries, granted);

        assertThat(observed(granted)).hasSize(1);
        assertThat(observed(granted).getFirst().path("details").path("accesses").values())
                .extracting(one ->
                        one.path("what").asString() + " " + one.path("object").asString() + " "
                                + one.path("times").asLong())
                .containsExactlyInAnyOrder("login  1", "statement public.orders 1");

        append("postgresql.json", read(login, "10.1", "public.orders"));
        reader.read();
        summarized(summaries, granted);

        assertThat(observed(granted)).hasSize(2);
    }

    private void summarized(LeaseSummaries summaries, Granted granted) {
        jdbc.sql("UPDATE observation_summary SET due_at = now() WHERE lease_id = :lease::uuid")
                .param("lease", granted.lease)
                .update();
        summaries.summarize();
    }

    private List<JsonNode> observed(Granted granted) {
        return scene.events("lease=" + granted.lease + "&kind=lease.observed");
    }
}
