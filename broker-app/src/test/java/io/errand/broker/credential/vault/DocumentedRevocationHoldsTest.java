package io.errand.broker.credential.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.shared.Secret;
import io.errand.testing.Postgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The page's statements for PostgreSQL, through Vault, against an agent that resists: its sessions, its leftovers, and who else is
 * held up. On the oldest server that is supported, and on the newest.
 */
@ParameterizedClass
@EnumSource
class DocumentedRevocationHoldsTest {

    private static final ToolBinding ORDERS =
            Rig.binding(Map.of("read", "database/creds/orders-read", "write", "database/creds/orders-write"));

    private final Postgres.Version version;
    private final DocumentedVault documented;
    private final Postgres postgres;
    private Rig rig;

    DocumentedRevocationHoldsTest(Postgres.Version version) {
        this.version = version;
        documented = DocumentedVault.at(version);
        postgres = documented.postgres();
    }

    @BeforeEach
    void broker() {
        rig = documented.broker();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    /** A credential, and how it is destroyed. */
    private record Made(Postgres server, Order order, Issuing.Issued issued) {

        String name() {
            return (String) Objects.requireNonNull(issued.data().get("username"));
        }

        Connection login(String database) throws SQLException {
            Secret password = (Secret) Objects.requireNonNull(issued.data().get("password"));
            return DriverManager.getConnection(server.url(database), name(), password.reveal());
        }
    }

    @Test
    void aSessionThatHoldsItsOwnRowIsEndedFirst() throws SQLException {
        Made made = make("write");
        try (Connection session = made.login("orders")) {
            session.setAutoCommit(false);
            session.createStatement().execute("ALTER ROLE CURRENT_USER PASSWORD 'its-own'");

            assertThat(destroy(made)).isInstanceOf(Destruction.Gone.class);

            assertThatThrownBy(() -> session.createStatement().execute("SELECT 1"))
                    .isInstanceOf(SQLException.class);
        }
        assertThat(stands(made)).isFalse();
    }

    @Test
    void aRowThatSomebodyElseHoldsHoldsUpNobodyElse() throws SQLException {
        Made held = make("read");
        Made other = make("read");
        try (Connection stranger = postgres.connect("orders");
                Connection session = held.login("orders")) {
            stranger.setAutoCommit(false);
            stranger.createStatement().execute("ALTER ROLE \"" + held.name() + "\" CONNECTION LIMIT 9");
            long begun = System.nanoTime();

            CompletableFuture<Destruction> stuck = CompletableFuture.supplyAsync(() -> destroy(held));
            Awaitility.await("the stuck revocation waits for the row").until(() -> waitsFor(held));
            Destruction others = destroy(other);
            Made third = make("read");

            assertThat(stuck.join())
                    .isInstanceOfSatisfying(
                            Destruction.Retry.class,
                            retry -> assertThat(retry.cause()).contains("lock timeout"));
            assertThat(others).isInstanceOf(Destruction.Gone.class);
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .as("twice the statements' lock_timeout would be two that waited")
                    .isLessThan(Duration.ofSeconds(10));
            assertThatThrownBy(() -> session.createStatement().execute("SELECT 1"))
                    .as("its session ended at once")
                    .isInstanceOf(SQLException.class);
            assertThat(groups(held)).as("and its groups are gone").isZero();
            stranger.rollback();
            assertThat(destroy(held)).isInstanceOf(Destruction.Gone.class);
            assertThat(destroy(third)).isInstanceOf(Destruction.Gone.class);
        }
    }

    /** What the page says that Vault cannot do. */
    @Test
    void aRowThatIsHeldByAPreparedTransactionKeepsALoginWithoutGroups() throws SQLException {
        Made made = make("read");
        try (Connection session = made.login("orders")) {
            session.createStatement()
                    .execute("BEGIN; ALTER ROLE CURRENT_USER PASSWORD 'its-own'; PREPARE TRANSACTION 'held'");

            assertThat(destroy(made))
                    .isInstanceOfSatisfying(
                            Destruction.Retry.class,
                            retry -> assertThat(retry.cause()).contains("lock timeout"));

            assertThatThrownBy(() -> session.createStatement().execute("SELECT 1"))
                    .isInstanceOf(SQLException.class);
        }
        assertThat(groups(made)).isZero();
        try (Connection again = made.login("orders")) {
            assertThatThrownBy(() -> again.createStatement().execute("SELECT * FROM orders"))
                    .hasMessageContaining("permission denied");
        }
        postgres.execute("orders", "ROLLBACK PREPARED 'held'");
        assertThat(destroy(made)).isInstanceOf(Destruction.Gone.class);
        assertThat(stands(made)).isFalse();
    }

    @Test
    void aSessionThatBecameItsGroupEnds() throws SQLException {
        if (version == Postgres.Version.NEWEST) {
            documented.vault().root("POST", "database/roles/orders-write", Map.of("creation_statements", """
                            CREATE ROLE "{{name}}" LOGIN CONNECTION LIMIT 10 PASSWORD '{{password}}'
                              VALID UNTIL '{{expiration}}';
                            GRANT orders_writer TO "{{name}}" WITH INHERIT TRUE, SET FALSE"""));
        }
        Made made = make("write");
        try (Connection session = made.login("orders")) {
            if (version == Postgres.Version.NEWEST) {
                assertThatThrownBy(() -> session.createStatement().execute("SET ROLE orders_writer"))
                        .hasMessageContaining("permission denied");
                session.createStatement().execute("DELETE FROM orders WHERE id = 17");
            } else {
                session.createStatement().execute("SET ROLE orders_writer");
            }

            assertThat(destroy(made)).isInstanceOf(Destruction.Gone.class);

            assertThatThrownBy(() -> session.createStatement().execute("SELECT 1"))
                    .isInstanceOf(SQLException.class);
        }
        assertThat(stands(made)).isFalse();
    }

    /** Every right of it that somebody else granted keeps it, and none of them is of use. */
    @Test
    void aGrantOfSomebodyElsesKeepsALoginThatIsForbidden() throws SQLException {
        Made made = make("read");
        postgres.execute("orders", "GRANT SELECT ON pg_catalog.pg_authid TO \"" + made.name() + "\"");

        assertThat(destroy(made))
                .isInstanceOfSatisfying(
                        Destruction.Retry.class,
                        retry -> assertThat(retry.cause()).contains("cannot be dropped"));

        assertThat(groups(made)).isZero();
        assertThatThrownBy(() -> made.login("orders"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("not permitted to log in");
        postgres.execute("orders", "REVOKE SELECT ON pg_catalog.pg_authid FROM \"" + made.name() + "\"");
        assertThat(destroy(made)).isInstanceOf(Destruction.Gone.class);
    }

    @Test
    void aDropThatFailsLeavesALoginThatIsForbidden() throws SQLException {
        Made made = make("read");
        long object;
        try (Connection elsewhere = made.login("postgres");
                var row = elsewhere.createStatement().executeQuery("SELECT lo_create(0)")) {
            row.next();
            object = row.getLong(1);
        }

        Destruction end = destroy(made);

        assertThat(end)
                .isInstanceOfSatisfying(
                        Destruction.Retry.class,
                        retry -> assertThat(retry.cause()).contains("cannot be dropped"));
        assertThat(stands(made)).isTrue();
        assertThat(groups(made)).isZero();
        assertThatThrownBy(() -> made.login("orders"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("not permitted to log in");
        postgres.execute("postgres", "SELECT lo_unlink(" + object + ")");
        assertThat(destroy(made)).isInstanceOf(Destruction.Gone.class);
    }

    @Test
    void whatAnAgentMadeGoesToNobody() throws SQLException {
        Made made = make("write");
        try (Connection session = made.login("orders")) {
            session.createStatement().execute("""
                    CREATE TABLE left_table (a int);
                    CREATE FUNCTION left_function() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
                    CREATE VIEW left_view AS SELECT * FROM orders;
                    GRANT SELECT ON left_table, left_view TO PUBLIC""");
        }

        assertThat(destroy(made)).isInstanceOf(Destruction.Gone.class);

        assertThat(count("""
                SELECT (SELECT count(*) FROM pg_class WHERE relname IN ('left_table', 'left_view'))
                     + (SELECT count(*) FROM pg_proc WHERE proname = 'left_function')
                     + (SELECT count(*) FROM pg_proc WHERE proowner = 'vault_at_orders'::regrole)
                     + (SELECT count(*) FROM pg_class WHERE relowner = 'vault_at_orders'::regrole)""")).isZero();
    }

    private Made make(String action) {
        Order order = Rig.order(ORDERS, action);
        Issuing issuing = rig.backend.issue(order, Rig.Notebook.willing());
        assertThat(issuing).isInstanceOf(Issuing.Issued.class);
        return new Made(postgres, order, (Issuing.Issued) issuing);
    }

    private Destruction destroy(Made made) {
        return rig.backend.destroy(Rig.remains(made.order(), made.issued().reference()));
    }

    private boolean stands(Made made) throws SQLException {
        return count("SELECT count(*) FROM pg_roles WHERE rolname = '" + made.name() + "'") > 0;
    }

    private long groups(Made made) throws SQLException {
        return count("SELECT count(*) FROM pg_auth_members WHERE member = '\"" + made.name() + "\"'::regrole");
    }

    private boolean waitsFor(Made made) throws SQLException {
        return count("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%"
                        + made.name() + "%NOLOGIN%'")
                > 0;
    }

    private long count(String sql) throws SQLException {
        try (Connection connection = postgres.connect("orders");
                var row = connection.createStatement().executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}
