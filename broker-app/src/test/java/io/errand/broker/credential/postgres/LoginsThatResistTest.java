package io.errand.broker.credential.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Destruction.Disabled;
import io.errand.broker.shared.Ids;
import io.errand.testing.PageBlock;
import io.errand.testing.Postgres;
import io.errand.testing.Surroundings;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever an agent does with its login, the login is powerless at once and gone soon after. */
class LoginsThatResistTest {

    private static final Duration AT_ONCE = Duration.ofSeconds(1);

    @ParameterizedTest
    @EnumSource
    void oneThatHoldsItsOwnRowInAnOpenTransactionIsGone(Postgres.Version version) throws SQLException {
        Resistance at = Resistance.at(version);
        Resistance.Agent agent = at.new Agent("read");
        try (Connection session = agent.login()) {
            session.setAutoCommit(false);
            Resistance.run(session, "ALTER ROLE CURRENT_USER PASSWORD 'mine'");

            Destruction.Gone gone = agent.gone();

            assertThat(gone.facts()).containsEntry("sessions_ended", 1L);
            assertThatThrownBy(() -> Resistance.run(session, "SELECT * FROM orders"))
                    .isInstanceOf(SQLException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void oneThatHoldsItsOwnRowInAPreparedTransactionIsGone(Postgres.Version version) throws SQLException {
        Resistance at = Resistance.at(version);
        Resistance.Agent agent = at.new Agent("read");
        agent.does(
                "orders",
                "BEGIN",
                "ALTER ROLE CURRENT_USER PASSWORD 'mine'",
                "PREPARE TRANSACTION '" + agent.lease + "'");

        Destruction.Gone gone = agent.gone();

        assertThat(gone.facts()).containsEntry("prepared_rolled_back", 1);
    }

    /** From 16 on it cannot become its group. */
    @Test
    void oneThatPreparesItAsItsGroupIsGone() {
        Resistance at = Resistance.at(Postgres.Version.OLDEST);
        Resistance.Agent agent = at.new Agent("write");
        agent.does(
                "orders",
                "BEGIN",
                "ALTER ROLE CURRENT_USER PASSWORD 'mine'",
                "SET ROLE orders_writer",
                "PREPARE TRANSACTION 'g" + agent.lease + "'");

        // It is the group's, so the end of another test's login that it is in the way of may roll it back too.
        agent.gone();

        assertThat(at.texts("orders", "SELECT gid FROM pg_prepared_xacts WHERE owner = 'orders_writer'"))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void oneThatOwnsThousandsOfObjectsIsGone(Postgres.Version version) {
        Resistance at = Resistance.at(version);
        Resistance.Agent agent = at.new Agent("write");
        agent.does(
                "orders",
                "CREATE SCHEMA many_" + version.name().toLowerCase(Locale.ROOT),
                "DO $$ BEGIN FOR i IN 1..450 LOOP EXECUTE format('CREATE FUNCTION many_"
                        + version.name().toLowerCase(Locale.ROOT)
                        + ".f%s() RETURNS int LANGUAGE sql AS ''SELECT 1''', i); END LOOP; END $$",
                "SELECT count(lo_create(0)) FROM generate_series(1, 2000)");

        assertThat(agent.gone().facts()).containsEntry("leftovers_count", 2451);
    }

    @ParameterizedTest
    @EnumSource
    void preparedTransactionsOfEveryDatabaseAreRolledBack(Postgres.Version version) throws SQLException {
        Resistance at = Resistance.at(version);
        Resistance.Agent agent = at.new Agent("read", "write");
        agent.does(
                "orders",
                "BEGIN",
                "SELECT * FROM orders FOR UPDATE",
                "PREPARE TRANSACTION 'it''s " + agent.lease + "'");
        agent.does("postgres", "BEGIN", "SELECT lo_create(0)", "PREPARE TRANSACTION 'p" + agent.lease + "'");

        Destruction.Gone gone = agent.gone();

        assertThat(gone.facts()).containsEntry("prepared_rolled_back", 2);
        // The rows are free again.
        at.server.execute("orders", "SET lock_timeout = '1s'", "UPDATE orders SET item = item");
    }

    @ParameterizedTest
    @EnumSource
    void oneThatReconnectsAndHoldsItsRowAgainAndAgainIsPowerlessAtOnce(Postgres.Version version) throws Exception {
        Resistance at = Resistance.at(version);
        Resistance.Agent agent = at.new Agent("read");
        AtomicBoolean over = new AtomicBoolean();
        List<Instant> worked = new ArrayList<>();
        Thread resisting = Thread.ofPlatform().daemon().start(() -> {
            while (!over.get()) {
                try (Connection session = agent.login()) {
                    session.setAutoCommit(false);
                    Resistance.run(session, "ALTER ROLE CURRENT_USER PASSWORD 'mine'");
                    while (!over.get()) {
                        worked.add(clock(session));
                    }
                } catch (SQLException e) {
                    Thread.onSpinWait();
                }
            }
        });
        org.awaitility.Awaitility.await().until(() -> !worked.isEmpty());

        Instant revoked = Instant.parse(at.text(
                "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC'," + " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"));
        agent.gone();
        over.set(true);
        resisting.join();

        assertThat(worked.getLast()).isBefore(revoked.plus(AT_ONCE));
    }

    @ParameterizedTest
    @EnumSource
    void manyThatEndTogetherArePowerlessBeforeAnyHasItsTurn(Postgres.Version version) throws SQLException {
        Resistance at = Resistance.at(version);
        List<Resistance.Agent> all = List.of(at.new Agent("read"), at.new Agent("read"), at.new Agent("read"));
        try (Connection reading = all.get(0).login();
                Connection holding = all.get(1).login()) {
            holding.setAutoCommit(false);
            Resistance.run(holding, "ALTER ROLE CURRENT_USER PASSWORD 'mine'");
            all.get(2)
                    .does(
                            "postgres",
                            "BEGIN",
                            "ALTER ROLE CURRENT_USER PASSWORD 'mine'",
                            "PREPARE TRANSACTION 'm" + all.get(2).lease + "'");
            at.server.execute("orders", "GRANT elsewhere TO \"" + all.get(0).role + "\"");

            at.backend.forestall(
                    "orders", all.stream().map(agent -> agent.lease).toList());

            assertThat(all)
                    .allSatisfy(agent -> assertThat(
                                    at.text("SELECT rolcanlogin FROM pg_roles WHERE rolname = '" + agent.role + "'"))
                            .isEqualTo("f"))
                    .allSatisfy(agent -> assertThat(at.text("SELECT count(*) FROM pg_auth_members WHERE member = '\""
                                    + agent.role + "\"'::regrole AND roleid = 'orders_reader'::regrole"))
                            .isEqualTo("0"));
            assertThatThrownBy(() -> Resistance.run(reading, "SELECT 1")).isInstanceOf(SQLException.class);
            assertThat(all.get(0).gone().facts()).containsEntry("sessions_ended", 1L);
        }
        all.get(1).gone();
        assertThat(all.get(2).gone().facts()).containsEntry("prepared_rolled_back", 1);
    }

    /** Those that somebody else made are known by the lease's id in their names, however it is written there. */
    @ParameterizedTest
    @EnumSource
    void observedLoginsThatEndTogetherArePowerlessToo(Postgres.Version version) throws SQLException {
        Resistance at = Resistance.at(version);
        List<UUID> leases = List.of(Ids.next(), Ids.next(), Ids.next());
        List<String> logins = List.of(
                "v-token-" + leases.get(0) + "-x9",
                "V_" + leases.get(1).toString().replace("-", "").toUpperCase(Locale.ROOT) + "_1764",
                "errand_" + leases.get(2));
        for (String login : logins) {
            at.server.execute(
                    "orders",
                    "SET ROLE errand_broker",
                    "CREATE ROLE \"" + login + "\" LOGIN PASSWORD 'unasked' IN ROLE orders_reader");
        }

        at.observer.forestall("orders", leases.subList(0, 2));

        assertThat(logins)
                .extracting(login -> at.text(
                        "SELECT rolcanlogin OR EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid AND roleid ="
                                + " 'orders_reader'::regrole) FROM pg_roles r WHERE rolname = '" + login + "'"))
                .containsExactly("f", "f", "t");
        assertThat(leases)
                .allSatisfy(lease ->
                        assertThat(at.observer.destroy("orders", lease, false)).isInstanceOf(Destruction.Gone.class));
    }

    private static Instant clock(Connection session) throws SQLException {
        try (var row = session.createStatement().executeQuery("SELECT clock_timestamp() FROM orders LIMIT 1")) {
            row.next();
            return row.getObject(1, java.time.OffsetDateTime.class).toInstant();
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatItHasInOtherDatabasesGoesToNobody(Postgres.Version version) {
        Resistance at = Resistance.at(version);
        Resistance.Agent agent = at.new Agent("read");
        agent.does(
                "postgres",
                "SELECT lo_create(4711)",
                "GRANT SELECT ON LARGE OBJECT 4711 TO PUBLIC",
                "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC");
        agent.does("template1", "SELECT lo_create(4712)");

        Destruction.Gone gone = agent.gone();

        assertThat(String.valueOf(gone.facts().get("leftovers")))
                .contains("large object", "4711", "4712", "postgres", "template1", "default privileges");
        assertThat(at.text(
                        "postgres",
                        "SELECT lomowner::regrole || ' ' || coalesce(lomacl::text, '') FROM pg_largeobject_metadata"
                                + " WHERE oid = 4711"))
                .startsWith("errand_leftovers")
                .doesNotContain("=r/");
        at.server.execute("postgres", "SELECT lo_unlink(4711)");
        at.server.execute("template1", "SELECT lo_unlink(4712)");
    }

    @ParameterizedTest
    @EnumSource
    void whereTheBrokerCannotConnectItIsDisabledAndSaysWhatToRun(Postgres.Version version) {
        Resistance at = Resistance.at(version);
        Resistance.Agent agent = at.new Agent("read");
        at.server.execute("postgres", "GRANT CONNECT ON DATABASE closed TO orders_reader");
        agent.does("closed", "SELECT lo_create(4713)");
        at.server.execute("postgres", "REVOKE CONNECT ON DATABASE closed FROM orders_reader");

        Destruction destruction = agent.destroy();

        assertThat(destruction).isInstanceOfSatisfying(Disabled.class, disabled -> {
            assertThat(disabled.passing()).isFalse();
            assertThat(disabled.cause()).contains("database closed", agent.role);
            assertThat(disabled.facts()).containsEntry("catalogue", "disabled").containsEntry("sessions", 0);
            assertThat(disabled.evidence().kind()).isEqualTo("disabled");
            assertThat(disabled.remedy())
                    .contains("In database closed", "REASSIGN OWNED BY", "DROP OWNED BY", "DROP ROLE");
        });
        assertThatThrownBy(agent::login)
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).startsWith("28"));
        assertThat(at.text("SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member"
                        + " WHERE r.rolname = '" + agent.role + "'"))
                .isEqualTo("0");

        // What the finding says, and the page.
        at.server.execute(
                "closed",
                PageBlock.of("docs/targets.md", "left-behind")
                        .with("errand_…", agent.role)
                        .text());

        agent.gone();
    }

    @ParameterizedTest
    @EnumSource
    void aGrantByAThirdRoleKeepsItDisabledUntilItIsTakenBack(Postgres.Version version) {
        Resistance at = Resistance.at(version);
        Resistance.Agent agent = at.new Agent("read");
        at.server.execute(
                "orders",
                "CREATE TABLE IF NOT EXISTS strange (id int)",
                "ALTER TABLE strange OWNER TO stranger",
                "GRANT SELECT ON strange TO \"" + agent.role + "\"");

        assertThat(agent.destroy())
                .isInstanceOfSatisfying(
                        Disabled.class, disabled -> assertThat(disabled.cause()).contains("strange"));

        at.server.execute("orders", "REVOKE ALL ON strange FROM \"" + agent.role + "\"");
        agent.gone();
    }

    @ParameterizedTest
    @EnumSource
    void aMembershipThatAThirdRoleGrantedGoesWithTheLogin(Postgres.Version version) throws SQLException {
        Resistance at = Resistance.at(version);
        Resistance.Agent agent = at.new Agent("read");
        at.server.execute("orders", "GRANT elsewhere TO \"" + agent.role + "\"");
        try (Connection session = agent.login()) {
            agent.gone();

            assertThatThrownBy(() -> Resistance.run(session, "SELECT 1")).isInstanceOf(SQLException.class);
        }
    }

    /** It is not called disabled while it is in a role: what it left may act with that role's rights. */
    @Test
    void whereItCannotBeDroppedEitherItIsUnusableAndTheGrantIsNamed() {
        Resistance at = Resistance.at(Postgres.Version.NEWEST);
        Resistance.Agent agent = at.new Agent("read");
        at.server.execute(
                "orders",
                "GRANT elsewhere TO \"" + agent.role + "\"",
                "CREATE TABLE IF NOT EXISTS strange (id int)",
                "ALTER TABLE strange OWNER TO stranger",
                "GRANT SELECT ON strange TO \"" + agent.role + "\"");

        assertThat(agent.destroy())
                .isInstanceOfSatisfying(
                        Destruction.Retry.class,
                        retry -> assertThat(retry.cause())
                                .contains(
                                        "REVOKE \"elsewhere\" FROM \"" + agent.role + "\" GRANTED BY \""
                                                + at.server.user() + "\";",
                                        "strange"));

        assertThatThrownBy(agent::login)
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).startsWith("28"));
        at.server.execute("orders", "REVOKE elsewhere FROM \"" + agent.role + "\"");
        assertThat(agent.destroy()).isInstanceOf(Disabled.class);
        at.server.execute("orders", "REVOKE ALL ON strange FROM \"" + agent.role + "\"");
        agent.gone();
    }

    @ParameterizedTest
    @EnumSource
    void aSchemaWhoseRightsItTookFromItselfDoesNotKeepIt(Postgres.Version version) {
        Resistance at = Resistance.at(version);
        Resistance.Agent agent = at.new Agent("write");
        String schema = "own_" + agent.lease.toString().replace("-", "");
        agent.does(
                "orders",
                "CREATE SCHEMA " + schema,
                "CREATE TABLE " + schema + ".t (id int)",
                "CREATE FUNCTION " + schema + ".f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
                "REVOKE ALL ON SCHEMA " + schema + " FROM CURRENT_USER");

        agent.gone();

        assertThat(at.text("SELECT tableowner FROM pg_tables WHERE schemaname = '" + schema + "'"))
                .isEqualTo("errand_leftovers");
        assertThat(at.texts(
                        "orders", "SELECT proname FROM pg_proc WHERE pronamespace = '" + schema + "'::regnamespace"))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void aStrangersLockIsNamedAndNotBroken(Postgres.Version version) throws SQLException {
        Resistance at = Resistance.at(version);
        Resistance.Agent agent = at.new Agent("write");
        String table = "t_" + agent.lease.toString().replace("-", "");
        agent.does("orders", "CREATE TABLE " + table + " (id int)", "GRANT SELECT ON " + table + " TO stranger");
        try (Connection stranger =
                DriverManager.getConnection(at.server.url(Surroundings.TARGET_DATABASE), "stranger", "stranger")) {
            stranger.setAutoCommit(false);
            Resistance.run(stranger, "SELECT count(*) FROM " + table);
            long pid = stranger.unwrap(org.postgresql.PGConnection.class).getBackendPID();

            assertThat(agent.destroy()).isInstanceOfSatisfying(Disabled.class, disabled -> {
                assertThat(disabled.passing()).isTrue();
                assertThat(disabled.cause()).contains("held by pid " + pid + " of stranger");
            });

            Resistance.run(stranger, "SELECT 1");
        }
        agent.gone();
        at.server.execute("orders", "DROP TABLE " + table);
    }
}
