package io.errand.broker.credential.postgres;

import io.errand.broker.credential.Backend.Remains;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/**
 * Takes sessions and the right to log in from many logins in a few round trips, before each is dealt with by itself: where many end
 * at once the last does not go on working until its turn. Those that hold their own row, or may, come after the
 * others, and those that go on holding it are left to their turn.
 */
final class LoginBatch {

    private static final Duration WAIT = Duration.ofMillis(100);

    /** For one that held something a moment ago. */
    private static final Duration BRIEFLY = Duration.ofMillis(30);

    /** What those that resist may take of the others' time. */
    private static final Duration ALL_OF_THEM = Duration.ofMillis(500);

    private LoginBatch() {}

    /** Names of logins and their leases, for each target. */
    static Map<String, Map<String, UUID>> byTarget(List<Remains> batch) {
        Map<String, Map<String, UUID>> byTarget = new TreeMap<>();
        for (Remains remains : batch) {
            PostgresBinding.targetOf(remains.binding())
                    .ifPresent(target -> byTarget.computeIfAbsent(target, name -> new TreeMap<>())
                            .put(LoginRole.nameOf(remains.lease()), remains.lease()));
        }
        return byTarget;
    }

    /** @param ended hears of the sessions that were told to end */
    static void cut(Target target, Connection connection, Collection<String> names, BiConsumer<String, Long> ended)
            throws SQLException {
        Array all = connection.createArrayOf("text", names.toArray());
        List<String> free = free(connection, all);
        endSessions(connection, all, ended);
        forbidLogins(connection, free);
        endSessions(connection, all, ended);
        PreparedTransaction.rollBackAll(target, PreparedTransaction.ofLogins(connection, all));
        forbidOneByOne(connection, all);
        endSessions(connection, all, ended);
    }

    private static void forbidLogins(Connection connection, List<String> quoted) throws SQLException {
        if (quoted.isEmpty()) {
            return;
        }
        run(connection, WAIT, quoted.stream().map(LoginBatch::noLogin).collect(Collectors.joining("; ")));
    }

    /** Those that held something: their sessions have been told to end, and nothing of theirs is prepared any more. */
    private static void forbidOneByOne(Connection connection, Array all) throws SQLException {
        long giveUp = System.nanoTime() + ALL_OF_THEM.toNanos();
        for (String name : loginsAllowed(connection, all)) {
            if (System.nanoTime() - giveUp > 0) {
                return;
            }
            try {
                run(connection, BRIEFLY, noLogin(name));
            } catch (SQLException e) {
                if (!BlockedStatements.LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
                    throw e;
                }
            }
        }
    }

    private static List<String> loginsAllowed(Connection connection, Array all) throws SQLException {
        return names(
                connection, all, "SELECT quote_ident(rolname) FROM pg_roles WHERE rolcanlogin AND rolname = ANY (?)");
    }

    private static String noLogin(String quoted) {
        return "ALTER ROLE " + quoted + " NOLOGIN";
    }

    private static void run(Connection connection, Duration wait, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(BlockedStatements.waitingAtMost(wait, sql));
        }
    }

    private static List<String> names(Connection connection, Array all, String sql) throws SQLException {
        List<String> names = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(1, all);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    names.add(rows.getString(1));
                }
            }
        }
        return names;
    }

    /** Of those that are there, the ones that hold nothing in an open or a prepared transaction. */
    private static List<String> free(Connection connection, Array all) throws SQLException {
        return names(connection, all, """
                SELECT quote_ident(r.rolname) FROM pg_roles r
                 WHERE r.rolname = ANY (?)
                   AND NOT EXISTS (SELECT 1 FROM pg_prepared_xacts p WHERE p.owner = r.rolname)
                   AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.usesysid = r.oid AND a.backend_xid IS NOT NULL)
                 ORDER BY r.rolname
                """);
    }

    private static void endSessions(Connection connection, Array all, BiConsumer<String, Long> ended)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT usename, pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ANY (?)")) {
            statement.setArray(1, all);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    ended.accept(rows.getString(1), rows.getLong(2));
                }
            }
        }
    }
}
