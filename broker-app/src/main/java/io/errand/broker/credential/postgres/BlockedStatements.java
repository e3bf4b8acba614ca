package io.errand.broker.credential.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * Runs statements that somebody's lock may hold up, and looks meanwhile at who that is: sessions of leases' logins and abandoned
 * statements of the broker about this one are ended, prepared transactions of the login are rolled back. Anybody else is left
 * alone and named when the statement gives up.
 */
final class BlockedStatements implements AutoCloseable {

    static final String LOCK_NOT_AVAILABLE = "55P03";

    /** How long somebody's lock keeps the others waiting. */
    static final Duration ORDINARY = Duration.ofMillis(150);

    private static final Duration INSISTING = Duration.ofMillis(600);
    private static final long LOOK_MILLIS = 40;
    private static final int LONGEST_STATEMENT = 120;

    private final Target target;
    private final Connection connection;
    private final int pid;
    private final LoginRole role;
    private final Duration wait;
    private final Set<String> owners = new LinkedHashSet<>();
    private final Set<String> strangers = new LinkedHashSet<>();
    private @Nullable Connection observer;
    private int rolledBack;

    /**
     * @param groups the roles of the binding: before 16 a login may have prepared its transaction as one of them
     * @param insists whether there is time to wait: others are not kept waiting meanwhile
     */
    BlockedStatements(Target target, Connection connection, LoginRole role, Set<String> groups, boolean insists)
            throws SQLException {
        this.target = target;
        this.connection = connection;
        this.pid = connection.unwrap(PGConnection.class).getBackendPID();
        this.role = role;
        this.wait = insists ? INSISTING : ORDINARY;
        owners.add(role.name());
        owners.addAll(groups);
    }

    int rolledBack() {
        return rolledBack;
    }

    /**
     * In the transaction under way, or one of its own.
     *
     * @throws SQLException {@code 55P03} after a moment, with whoever held the lock
     */
    void execute(String sql) throws SQLException {
        strangers.clear();
        CountDownLatch over = new CountDownLatch(1);
        Thread watch = Thread.ofVirtual().start(() -> watch(over));
        try (Statement statement = connection.createStatement()) {
            statement.execute(waitingAtMost(wait, sql));
        } catch (SQLException e) {
            if (LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
                throw new SQLException(e.getMessage() + held(), LOCK_NOT_AVAILABLE, e);
            }
            throw e;
        } finally {
            over.countDown();
            join(watch);
        }
    }

    /**
     * One message, one transaction: it fails with {@code 55P03} if a lock is not had so soon. The driver throws the error of
     * whichever of its statements fails.
     */
    static String waitingAtMost(Duration wait, String sql) {
        return "SELECT set_config('lock_timeout', '" + wait.toMillis() + "', true); " + sql;
    }

    private String held() {
        return strangers.isEmpty() ? "" : ", held by " + String.join(" and ", strangers);
    }

    private static void join(Thread watch) {
        try {
            watch.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void watch(CountDownLatch over) {
        try {
            while (!over.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SQLException e) {
            // Then the statement waits as long as it may, and nobody is named.
            note("somebody who cannot be looked for: " + e.getMessage());
        }
    }

    private void look() throws SQLException {
        Connection other = observer;
        if (other == null) {
            other = target.connect(target.database());
            observer = other;
        }
        try (PreparedStatement statement = other.prepareStatement("""
                SELECT b.pid, a.usename, a.state, left(a.query, ?),
                       a.usename = current_user AND strpos(a.query, ?) > 0 AS abandoned
                  FROM unnest(pg_blocking_pids(?)) AS b(pid) LEFT JOIN pg_stat_activity a ON a.pid = b.pid
                """)) {
            statement.setInt(1, LONGEST_STATEMENT);
            statement.setString(2, role.quoted());
            statement.setInt(3, pid);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    blocker(other, rows);
                }
            }
        }
    }

    private void blocker(Connection other, ResultSet row) throws SQLException {
        int blocker = row.getInt(1);
        if (blocker == 0) {
            prepared(PreparedTransaction.blocking(other, pid));
        } else if (LoginRole.isName(row.getString(2)) || row.getBoolean("abandoned")) {
            try (PreparedStatement statement = other.prepareStatement("SELECT pg_terminate_backend(?)")) {
                statement.setInt(1, blocker);
                statement.execute();
            }
        } else {
            note("pid " + blocker + " of " + row.getString(2) + " (" + row.getString(3) + "): " + row.getString(4));
        }
    }

    private void prepared(List<PreparedTransaction> transactions) throws SQLException {
        for (PreparedTransaction transaction : transactions) {
            if (owners.contains(transaction.owner())) {
                transaction.rollBack(target);
                rolledBack++;
            } else {
                note("the prepared transaction '" + transaction.gid() + "' of " + transaction.owner() + " in database "
                        + transaction.database());
            }
        }
    }

    private void note(String stranger) {
        strangers.add(stranger);
    }

    @Override
    public void close() throws SQLException {
        if (observer != null) {
            observer.close();
        }
    }
}
