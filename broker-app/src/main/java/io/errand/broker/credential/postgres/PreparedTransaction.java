package io.errand.broker.credential.postgres;

import io.errand.broker.credential.postgres.leftover.Quoting;
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
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A transaction that waits for its second phase: it outlives its session, and its locks do too. */
record PreparedTransaction(String gid, String owner, String database) {

    private static final Logger LOG = LoggerFactory.getLogger(PreparedTransaction.class);

    /** Those that a role owns, in every database of the server. */
    static List<PreparedTransaction> of(Connection connection, String owner) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT gid, owner, database FROM pg_prepared_xacts WHERE owner = ?")) {
            statement.setString(1, owner);
            return read(statement);
        }
    }

    /** Those of many roles. */
    static List<PreparedTransaction> ofLogins(Connection connection, Array names) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT gid, owner, database FROM pg_prepared_xacts WHERE owner = ANY (?)")) {
            statement.setArray(1, names);
            return read(statement);
        }
    }

    /** Those whose locks a backend waits for. Each keeps the virtual transaction id of the session that prepared it. */
    static List<PreparedTransaction> blocking(Connection observer, int pid) throws SQLException {
        try (PreparedStatement statement = observer.prepareStatement("""
                SELECT DISTINCT p.gid, p.owner, p.database
                  FROM pg_locks w
                  JOIN pg_locks h ON h.granted AND h.pid IS NULL AND h.locktype = w.locktype
                   AND h.database IS NOT DISTINCT FROM w.database AND h.relation IS NOT DISTINCT FROM w.relation
                   AND h.page IS NOT DISTINCT FROM w.page AND h.tuple IS NOT DISTINCT FROM w.tuple
                   AND h.transactionid IS NOT DISTINCT FROM w.transactionid
                   AND h.classid IS NOT DISTINCT FROM w.classid AND h.objid IS NOT DISTINCT FROM w.objid
                   AND h.objsubid IS NOT DISTINCT FROM w.objsubid
                  JOIN pg_locks o ON o.pid IS NULL AND o.locktype = 'transactionid' AND o.granted
                   AND o.virtualtransaction = h.virtualtransaction
                  JOIN pg_prepared_xacts p ON p.transaction = o.transactionid
                 WHERE w.pid = ? AND NOT w.granted
                """)) {
            statement.setInt(1, pid);
            return read(statement);
        }
    }

    private static List<PreparedTransaction> read(PreparedStatement statement) throws SQLException {
        List<PreparedTransaction> found = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                found.add(new PreparedTransaction(rows.getString(1), rows.getString(2), rows.getString(3)));
            }
        }
        return found;
    }

    /** In its own database and as its owner, whom the broker may be as a member: nobody else may but a superuser. */
    void rollBack(Target target) throws SQLException {
        try (Connection connection = target.connect(database)) {
            rollBack(connection);
        }
    }

    /** The same of many, on one connection to each database. What fails keeps nothing else; answers those that are gone. */
    static List<PreparedTransaction> rollBackAll(Target target, Collection<PreparedTransaction> all) {
        Map<String, List<PreparedTransaction>> byDatabase =
                all.stream().collect(Collectors.groupingBy(PreparedTransaction::database));
        List<PreparedTransaction> gone = new ArrayList<>();
        byDatabase.forEach((database, some) -> {
            try (Connection connection = target.connect(database)) {
                for (PreparedTransaction one : some) {
                    try {
                        one.rollBack(connection);
                        gone.add(one);
                    } catch (SQLException e) {
                        LOG.debug("The prepared transaction {} of {} stays: {}", one.gid, one.owner, e.getMessage());
                    }
                }
            } catch (SQLException e) {
                LOG.debug("Prepared transactions in database {} stay: {}", database, e.getMessage());
            }
        });
        return gone;
    }

    private void rollBack(Connection connection) throws SQLException {
        Quoting quoting = new Quoting(connection);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET ROLE " + quoting.identifier(owner));
            try {
                statement.execute("ROLLBACK PREPARED " + quoting.literal(gid));
            } finally {
                statement.execute("RESET ROLE");
            }
        }
    }
}
