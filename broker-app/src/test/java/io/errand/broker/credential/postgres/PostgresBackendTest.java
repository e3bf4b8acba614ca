package io.errand.broker.credential.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Backend.BindingProblem;
import io.errand.broker.credential.Backend.Remains;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.Term;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.credential.Use;
import io.errand.broker.credential.postgres.settings.TargetProperties;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Secret;
import io.errand.testing.BrokerTest;
import io.errand.testing.Postgres;
import io.errand.testing.Surroundings;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** Real logins at a real server, made and destroyed by a login that is no superuser. */
@BrokerTest
class PostgresBackendTest {

    private static final List<String> ACTIONS = List.of("read", "write");

    private static final ToolBinding ORDERS = binding("orders", "orders_reader", "orders_writer");

    @Autowired
    private PostgresBackend backend;

    @Test
    void aLoginMayDoWhatItsActionsSayAndNoMore() throws SQLException {
        UUID lease = Ids.next();
        Map<String, Object> data = issue(lease, List.of("read"));

        assertThat(data.keySet())
                .containsExactly("host", "port", "database", "username", "password", "jdbc_url", "valid_until");
        assertThat(data).containsEntry("username", "errand_" + lease);
        assertThat(data.toString()).contains("password=***");
        try (Connection agent = connect(data)) {
            agent.createStatement().executeQuery("SELECT * FROM orders").close();
            assertThatThrownBy(() -> agent.createStatement().execute("INSERT INTO orders VALUES (9, 'glue')"))
                    .hasMessageContaining("permission denied");
        }
        assertThat(text("SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = 'errand_" + lease
                        + "'"))
                .contains("task 42 of agent o'clerk");
        assertThat(text("SELECT rolpassword FROM pg_authid WHERE rolname = 'errand_" + lease + "'"))
                .startsWith("SCRAM-SHA-256$4096:");
        destroy(lease);
    }

    /** As a probe uses it. */
    @Test
    void aLoginIsUsedByLoggingIn() {
        UUID lease = Ids.next();
        Map<String, Object> data = issue(lease, List.of("read"));

        assertThat(backend.use(ORDERS, data))
                .isInstanceOfSatisfying(
                        Use.Worked.class, use -> assertThat(use.seen()).contains("SELECT 1"));
        destroy(lease);
        assertThat(backend.use(ORDERS, data))
                .isInstanceOfSatisfying(
                        Use.Failed.class,
                        use -> assertThat(use.cause())
                                .startsWith("It cannot log in: orders")
                                .doesNotContain(((Secret) Objects.requireNonNull(data.get("password"))).reveal()));
    }

    @Test
    void destroyingCutsSessionsAndRefusesTheNextLogin() throws SQLException {
        UUID lease = Ids.next();
        Map<String, Object> data = issue(lease, List.of("read"));

        try (Connection one = connect(data);
                Connection two = connect(data)) {
            Destruction.Gone gone = destroy(lease);

            assertThat(gone.kind()).isEqualTo("absent");
            assertThat(gone.facts())
                    .containsEntry("role", "errand_" + lease)
                    .containsEntry("catalogue", "absent")
                    .containsEntry("sessions", 0)
                    .containsEntry("sessions_ended", 2L)
                    .containsEntry("database", Surroundings.TARGET_DATABASE)
                    .containsKey("checked_at");
            assertThatThrownBy(() -> one.createStatement().execute("SELECT 1")).isInstanceOf(SQLException.class);
            assertThatThrownBy(() -> two.createStatement().execute("SELECT 1")).isInstanceOf(SQLException.class);
        }
        // SQLSTATE class 28: invalid authorization.
        assertThatThrownBy(() -> connect(data))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).startsWith("28"));
        assertThat(destroy(lease).facts()).containsEntry("sessions_ended", 0L);
    }

    @Test
    void whatALoginOwnsStaysWithNobodyWhoHasRights() throws SQLException {
        UUID lease = Ids.next();
        String table = "made_" + lease.toString().replace("-", "");
        Map<String, Object> data = issue(lease, ACTIONS);
        try (Connection agent = connect(data)) {
            agent.createStatement().execute("CREATE TABLE " + table + " (id int)");
            agent.createStatement()
                    .execute("CREATE FUNCTION f_" + table
                            + "() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'");
            agent.createStatement().execute("GRANT SELECT ON " + table + " TO PUBLIC");
            agent.createStatement().execute("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC");

            destroy(lease);
        }

        assertThat(text("SELECT tableowner FROM pg_tables WHERE tablename = '" + table + "'"))
                .isEqualTo("errand_leftovers");
        assertThat(text("SELECT count(*) FROM pg_proc WHERE proname = 'f_" + table + "'"))
                .isEqualTo("0");
        Postgres.shared().execute(Surroundings.TARGET_DATABASE, "DROP TABLE " + table);
    }

    /** A synchronous commit would wait for a standby that is not there; who must read at standbys at once waits. */
    @Test
    void makingALoginWaitsForNoDiskAndEndingItDoes() throws Exception {
        String server = "postgres";
        Postgres.shared()
                .execute(
                        server,
                        // Of all others' commits none waits.
                        "ALTER SYSTEM SET synchronous_commit = 'local'",
                        "SELECT pg_reload_conf()");
        try (Connection connection = Postgres.shared().connect(Surroundings.TARGET_DATABASE);
                var statement = connection.createStatement()) {
            await().until(() -> text("SHOW synchronous_commit").equals("local"));
            statement.execute("SET synchronous_commit = 'on'");
            Postgres.shared()
                    .execute(
                            server, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()");
            await().until(() -> text("SHOW synchronous_standby_names").equals("nobody"));
            LoginRole role = new LoginRole(connection, Ids.next());

            CompletableFuture.runAsync(() -> create(role), Thread::startVirtualThread)
                    .get(30, TimeUnit.SECONDS);

            assertThat(role.standing()).isPresent();
            CompletableFuture<Void> dropped = CompletableFuture.runAsync(
                    () -> execute(connection, "DROP ROLE " + role.quoted()), Thread::startVirtualThread);
            await().until(() -> text("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
                    .equals("1"));
            assertThat(dropped).isNotDone();
            Postgres.shared()
                    .execute(server, "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()");
            dropped.get(30, TimeUnit.SECONDS);
        } finally {
            Postgres.shared()
                    .execute(
                            server,
                            "ALTER SYSTEM RESET synchronous_standby_names",
                            "ALTER SYSTEM RESET synchronous_commit",
                            "SELECT pg_reload_conf()");
        }
    }

    private static void create(LoginRole role) {
        try {
            role.create(
                    Scram.verifier(Scram.password(new SecureRandom()), 1, new SecureRandom()),
                    1,
                    Instant.now().plusSeconds(60),
                    Set.of("orders_reader"),
                    "of a test");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void execute(Connection connection, String sql) {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void destroyingWhatWasNeverMadeIsGone() {
        assertThat(destroy(Ids.next()).facts()).containsEntry("catalogue", "absent");
    }

    @Test
    void aRoleThatStandsAlreadyIsNotKnown() {
        UUID lease = Ids.next();
        issue(lease, List.of("read"));

        assertThat(backend.issue(order(lease, ORDERS, List.of("read")), reference -> true))
                .isInstanceOf(Issuing.Unknown.class);
        destroy(lease);
    }

    @Test
    void whatTheServerRefusesWasNotMade() {
        UUID lease = Ids.next();

        Issuing issuing = backend.issue(
                order(lease, binding("orders", "no such role", "orders_writer"), List.of("read")), reference -> true);

        assertThat(issuing).isInstanceOfSatisfying(Issuing.Refused.class, refused -> {
            assertThat(refused.reason()).contains("no such role");
            assertThat(refused.decided()).isTrue();
        });
        assertThat(seen()).extracting(Backend.Live::lease).doesNotContain(lease);
    }

    @Test
    void theListHasEveryLeaseAndNothingElse() {
        UUID lease = Ids.next();
        issue(lease, List.of("read"));

        assertThat(seen())
                .contains(new Backend.Live(lease, "orders", "errand_" + lease, "errand_" + lease, true))
                .noneSatisfy(live -> assertThat(live.reference()).isEqualTo("errand_broker"));
        destroy(lease);
    }

    private List<Backend.Live> seen() {
        return backend.list().stream()
                .map(listing -> (Backend.Listing.Seen) listing)
                .flatMap(seen -> seen.live().stream())
                .toList();
    }

    @Test
    void aTargetThatIsDownIsNotGone() {
        Targets targets = new Targets(TargetProperties.of(Map.of("down", target("jdbc:postgresql://127.0.0.1:1/db"))));
        PostgresBackend unlucky =
                new PostgresBackend(targets, new ErrandProperties(BrokerTest.ISSUER), new OneDeployment());
        ToolBinding toolBinding = binding("down", "orders_reader", "orders_writer");

        assertThat(unlucky.destroy(new Remains(Ids.next(), toolBinding, null))).isInstanceOf(Destruction.Retry.class);
        assertThat(unlucky.destroy(new Remains(Ids.next(), ORDERS, null))).isInstanceOf(Destruction.Retry.class);
        assertThat(unlucky.issue(order(Ids.next(), toolBinding, List.of("read")), reference -> true))
                .isInstanceOf(Issuing.Unknown.class);
        assertThat(unlucky.check(toolBinding))
                .singleElement()
                .satisfies(problem -> assertThat(problem.detail()).contains("cannot be reached"));
        assertThat(unlucky.list())
                .singleElement()
                .isInstanceOfSatisfying(
                        Backend.Listing.Unreachable.class,
                        listing -> assertThat(listing.target()).isEqualTo("down"));
        assertThat(((Destruction.Retry) unlucky.destroy(new Remains(Ids.next(), toolBinding, null))).targetDown())
                .isTrue();
        targets.destroy();
    }

    @Test
    void aBindingIsCheckedBeforeAnythingDependsOnIt() {
        Postgres.shared()
                .execute(
                        Surroundings.TARGET_DATABASE,
                        "CREATE ROLE check_bypass BYPASSRLS",
                        "CREATE ROLE check_files",
                        "GRANT pg_read_server_files TO check_files",
                        "GRANT check_bypass, check_files TO errand_broker WITH ADMIN OPTION");

        assertThat(backend.check(ORDERS)).isEmpty();
        assertThat(members(binding("nowhere", "orders_reader", "orders_writer")))
                .containsExactly("target");
        assertThat(members(binding("orders", "absent", "postgres"))).containsExactly("roles.read", "roles.write");
        assertThat(members(binding("orders", "check_bypass", "check_files")))
                .containsExactly("roles.read", "roles.write");
        assertThat(members(binding("orders", "pg_monitor", "errand_broker")))
                .containsExactly("roles.read", "roles.write");
        assertThat(members(
                        new ToolBinding("t", ACTIONS, Map.of("target", "orders", "roles", Map.of("read", List.of())))))
                .containsExactly("roles.read", "roles.write");
        assertThat(members(new ToolBinding("t", List.of(), Map.of("target", "orders", "passwort", "x"))))
                .containsExactly("passwort");
    }

    @Test
    void aTargetIsConfiguredWellOrTheServiceDoesNotStart() {
        assertThatThrownBy(() -> TargetProperties.of(Map.of("t", target("postgres://db"))))
                .hasMessageContaining("errand.targets.t.url");
        assertThatThrownBy(() -> TargetProperties.of(Map.of("t", target("jdbc:postgresql://db/d?password=x"))))
                .hasMessageContaining("errand.targets.t.url");
        assertThatThrownBy(() -> TargetProperties.of(Map.of(
                        "t",
                        new TargetProperties.Target(
                                "jdbc:postgresql://db/d",
                                "u",
                                null,
                                null,
                                8,
                                10,
                                4096,
                                null,
                                List.of(),
                                null,
                                null,
                                Set.of(),
                                TargetProperties.Leftovers.DROP))))
                .hasMessageContaining("errand.targets.t.password-file");
        assertThat(target("jdbc:postgresql://db/d").toString()).contains("password=***");
    }

    @Test
    void aVerifierIsThatOfRfc7677() {
        // RFC 7677 §3: user "user", password "pencil"; the server key checks the example's v=.
        assertThat(Scram.verifier(
                        new Secret("pencil"),
                        4096,
                        java.util.Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ==")))
                .isEqualTo("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
                        + "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
    }

    private static TargetProperties.Target target(String url) {
        return new TargetProperties.Target(
                url,
                "errand",
                new Secret("x"),
                null,
                8,
                10,
                4096,
                null,
                List.of(),
                null,
                null,
                Set.of(),
                TargetProperties.Leftovers.DROP);
    }

    private static ToolBinding binding(String target, String reader, String writer) {
        return new ToolBinding(
                "orders-db",
                ACTIONS,
                Map.of("target", target, "roles", Map.of("read", List.of(reader), "write", List.of(writer))));
    }

    private static Order order(UUID lease, ToolBinding toolBinding, List<String> actions) {
        return new Order(
                lease,
                toolBinding,
                actions,
                Term.between(Instant.now(), Instant.now().plusSeconds(300)),
                Term.between(Instant.now(), Instant.now().plusSeconds(600)),
                Map.of("task", "42", "agent", "o'clerk"));
    }

    private Map<String, Object> issue(UUID lease, List<String> actions) {
        Issuing issuing = backend.issue(order(lease, ORDERS, actions), reference -> true);
        assertThat(issuing).isInstanceOf(Issuing.Issued.class);
        return ((Issuing.Issued) issuing).data();
    }

    private Destruction.Gone destroy(UUID lease) {
        Destruction destruction = backend.destroy(new Remains(lease, ORDERS, null));
        assertThat(destruction).isInstanceOf(Destruction.Gone.class);
        return (Destruction.Gone) destruction;
    }

    private List<String> members(ToolBinding toolBinding) {
        return backend.check(toolBinding).stream()
                .map(BindingProblem::member)
                .sorted()
                .toList();
    }

    private static Connection connect(Map<String, Object> data) throws SQLException {
        return DriverManager.getConnection(
                (String) data.get("jdbc_url"),
                (String) data.get("username"),
                data.get("password") instanceof Secret password ? password.reveal() : "");
    }

    private static String text(String sql) throws SQLException {
        try (Connection connection = Postgres.shared().connect(Surroundings.TARGET_DATABASE);
                var row = connection.createStatement().executeQuery(sql)) {
            assertThat(row.next()).isTrue();
            return row.getString(1);
        }
    }
}
