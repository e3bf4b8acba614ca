package io.errand.broker.credential.mariadb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.mariadb.MariaDbProperties.PreparedTransactions;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Secret;
import io.errand.testing.MariaDb;
import io.errand.testing.PageBlock;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an agent has prepared outlives its session and its user, names neither, and is anybody's to commit or to roll back. */
class PreparedXaTransactionsTest {

    private static final MariaDb SERVER = MariaDb.shared();

    private final UUID lease = Ids.next();
    private final String agent = "errand_token-" + lease + "_1";

    @BeforeEach
    void anAgentThatPrepares() throws SQLException {
        SERVER.execute("""
                CREATE OR REPLACE USER xa_broker@'%%' IDENTIFIED BY 'of-broker';
                GRANT CREATE USER, PROCESS, CONNECTION ADMIN ON *.* TO xa_broker@'%%';
                GRANT SELECT ON mysql.user TO xa_broker@'%%';
                CREATE OR REPLACE TABLE shop.prepared (id int PRIMARY KEY, item text);
                INSERT INTO shop.prepared VALUES (1, 'paper'), (2, 'ink');
                CREATE USER '%s'@'%%' IDENTIFIED BY 'of-agent';
                GRANT SELECT, UPDATE ON shop.prepared TO '%s'@'%%';
                """.formatted(agent, agent));
    }

    /** Whatever a test left, so that nobody else waits for it. */
    @AfterEach
    void nothingStays() throws SQLException {
        try (Connection root = SERVER.connect("root", "")) {
            new XaTransactions(root).rollBack();
        }
        SERVER.execute("DROP TABLE shop.prepared");
    }

    @Test
    void itIsCountedWhereNobodyKnowsWhoseItIs() throws SQLException {
        prepareAndLeave("X'00'");
        try (Connection open = agent()) {
            prepare(open, "X'27FF5C', X'2D2D20', 4242", 2);

            Destruction end = destroyed(PreparedTransactions.REPORT);

            assertThat(end).isInstanceOfSatisfying(Destruction.Gone.class, gone -> {
                assertThat(gone.facts())
                        .containsEntry("prepared_transactions", 2)
                        .containsEntry("sessions_ended", 1)
                        .containsEntry("accounts", "absent");
                assertThat(gone.statement())
                        .endsWith("Prepared XA transactions are there, 2 of them; they name no user, and whether the"
                                + " credential left one is not known.");
            });
        }
        assertThat(waits()).as("its locks stay").isTrue();

        byHand();

        assertThat(waits()).isFalse();
    }

    /** As the page has a person end one: the first statement's answer has its name as the second wants it. */
    private static void byHand() throws SQLException {
        String[] shown = PageBlock.of("docs/vault.md", "xa").text().split(";\\s*");
        try (Connection root = SERVER.connect("root", "");
                Statement statement = root.createStatement()) {
            List<String> names = new ArrayList<>();
            try (ResultSet row = statement.executeQuery(shown[0])) {
                while (row.next()) {
                    names.add(row.getString("data"));
                }
            }
            assertThat(names).isNotEmpty();
            for (String name : names) {
                statement.execute(shown[1].replace("…", name));
            }
        }
    }

    @Test
    void itIsRolledBackWhereTheTargetSaysThatNobodyElseUsesXa() throws SQLException {
        prepareAndLeave("X'00'");
        SERVER.execute("CREATE OR REPLACE USER another@'%' IDENTIFIED BY 'x'; GRANT UPDATE ON shop.* TO another@'%'");
        try (Connection open = agent();
                Connection another = SERVER.connect("another", "x")) {
            prepare(open, "X'27FF5C', X'2D2D20', 4242", 2);
            another.createStatement().execute("XA START 'of-another'; XA END 'of-another'; XA PREPARE 'of-another'");

            Destruction end = destroyed(PreparedTransactions.ROLL_BACK);

            assertThat(end)
                    .isInstanceOfSatisfying(
                            Destruction.Gone.class,
                            gone -> assertThat(gone.facts())
                                    .containsEntry("prepared_transactions_rolled_back", 2)
                                    .as("an open session's is left")
                                    .containsEntry("prepared_transactions", 1));
            another.createStatement().execute("XA COMMIT 'of-another'");
        }
        assertThat(waits()).isFalse();
        assertThat(destroyed(PreparedTransactions.ROLL_BACK))
                .isInstanceOfSatisfying(
                        Destruction.Gone.class,
                        gone -> assertThat(gone.statement()).endsWith("No prepared XA transaction is there."));
    }

    private void prepareAndLeave(String xid) throws SQLException {
        try (Connection session = agent()) {
            prepare(session, xid, 1);
        }
    }

    private static void prepare(Connection session, String xid, int row) throws SQLException {
        session.createStatement()
                .execute("XA START " + xid + "; UPDATE shop.prepared SET item = 'of an agent' WHERE id = " + row
                        + "; XA END " + xid + "; XA PREPARE " + xid);
    }

    private Connection agent() throws SQLException {
        return SERVER.connect(agent, "of-agent");
    }

    private Destruction destroyed(PreparedTransactions setting) throws SQLException {
        MariaDbObserver observer = new MariaDbObserver(new MariaDbProperties(Map.of(
                "xa",
                new MariaDbProperties.Server(
                        "jdbc:mariadb://" + SERVER.address() + "/",
                        "xa_broker",
                        new Secret("of-broker"),
                        null,
                        2,
                        setting))));
        try {
            Destruction end = observer.destroy("xa", lease, false);
            assertThatThrownBy(this::agent).isInstanceOf(SQLException.class);
            return end;
        } finally {
            observer.destroy();
        }
    }

    /** Whether a row that the agent has changed is still held. */
    private static boolean waits() throws SQLException {
        try (Connection root = SERVER.connect("root", "")) {
            root.createStatement().execute("SET innodb_lock_wait_timeout = 1");
            root.createStatement().execute("UPDATE shop.prepared SET item = 'paper' WHERE id = 1");
            return false;
        } catch (SQLException e) {
            assertThat(e.getErrorCode()).isEqualTo(1205);
            return true;
        }
    }
}
