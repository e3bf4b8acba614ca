package io.errand.broker.credential.postgres;

import io.errand.broker.credential.Backend.Remains;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiConsumer;

/**
 * Takes sessions and the right to log in from many logins in four round trips, before each is dealt with by itself: where many end
 * at once the last does not go on working until its turn. One that holds its own row, or may, is left to its turn, so that it
 * keeps none of the others.
 */
final class LoginBatch {

    private static final int WAIT_MILLIS = 100;

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
    static void cut(Connection connection, Collection<String> names, BiConsumer<String, Long> ended)
            throws SQLException {
        Array all = connection.createArrayOf("text", names.toArray());
        List<String> quoted = free(connection, all);
        endSessions(connection, all, ended);
        if (!quoted.isEmpty()) {
            StringBuilder message = new StringBuilder("SELECT set_config('lock_timeout', '" + WAIT_MILLIS + "', true)");
            quoted.forEach(name -> message.append("; ALTER ROLE ").append(name).append(" NOLOGIN"));
            try (Statement statement = connection.createStatement()) {
                statement.execute(message.toString());
                readResults(statement);
            }
            endSessions(connection, all, ended);
        }
    }

    /** Reads what each statement of one message answers: the driver tells of an error when its turn comes. */
    static void readResults(Statement statement) throws SQLException {
        boolean more = true;
        while (more) {
            more = statement.getMoreResults() || statement.getUpdateCount() >= 0;
        }
    }

    /** Of those that are there, the ones that hold nothing in an open or a prepared transaction. */
    private static List<String> free(Connection connection, Array all) throws SQLException {
        List<String> free = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT quote_ident(r.rolname) FROM pg_roles r
                 WHERE r.rolname = ANY (?)
                   AND NOT EXISTS (SELECT 1 FROM pg_prepared_xacts p WHERE p.owner = r.rolname)
                   AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.usesysid = r.oid AND a.backend_xid IS NOT NULL)
                 ORDER BY r.rolname
                """)) {
            statement.setArray(1, all);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    free.add(rows.getString(1));
                }
            }
        }
        return free;
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
