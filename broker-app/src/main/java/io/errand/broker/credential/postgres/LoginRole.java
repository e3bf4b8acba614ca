package io.errand.broker.credential.postgres;

import io.errand.broker.shared.Ids;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.StringJoiner;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/** The role of one lease, on one connection that commits every statement, and what can be done with it. */
final class LoginRole {

    static final String PREFIX = "errand_";

    private static final String DEPENDENT_OBJECTS_STILL_EXIST = "2BP01";

    private final Connection connection;
    private final PGConnection quoting;
    private final String name;
    private final String quoted;

    LoginRole(Connection connection, UUID lease) throws SQLException {
        this.connection = connection;
        this.quoting = connection.unwrap(PGConnection.class);
        this.name = nameOf(lease);
        this.quoted = quoting.escapeIdentifier(name);
    }

    static String nameOf(UUID lease) {
        return PREFIX + lease;
    }

    /** A role whose name is that of a lease. */
    record Found(UUID lease, @Nullable String comment) {}

    static List<Found> all(Connection connection) throws SQLException {
        List<Found> found = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("""
                        SELECT rolname, shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname LIKE 'errand\\_%'
                        """)) {
            while (rows.next()) {
                String comment = rows.getString(2);
                Ids.parse(rows.getString(1).substring(PREFIX.length()))
                        .ifPresent(lease -> found.add(new Found(lease, comment)));
            }
        }
        return found;
    }

    /** One message to the server, one transaction there: the role never stands without its comment. */
    void create(String verifier, int connectionLimit, Instant validUntil, Collection<String> groups, String comment)
            throws SQLException {
        StringJoiner in = new StringJoiner(", ");
        for (String group : groups) {
            in.add(quoting.escapeIdentifier(group));
        }
        execute("CREATE ROLE " + quoted + " LOGIN INHERIT CONNECTION LIMIT " + connectionLimit + " VALID UNTIL "
                + literal(validUntil.toString()) + " PASSWORD " + literal(verifier) + " ROLE CURRENT_USER IN ROLE " + in
                + "; COMMENT ON ROLE " + quoted + " IS " + literal(comment));
    }

    OptionalLong oid() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT oid FROM pg_roles WHERE rolname = ?")) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? OptionalLong.of(row.getLong(1)) : OptionalLong.empty();
            }
        }
    }

    void forbidLogin() throws SQLException {
        execute("ALTER ROLE " + quoted + " NOLOGIN");
    }

    void validUntil(Instant end) throws SQLException {
        execute("ALTER ROLE " + quoted + " VALID UNTIL " + literal(end.toString()));
    }

    /**
     * Ends what is still making the role. A server does not notice that its client has hung up: a statement that waits for a
     * lock goes on, and would make the role after somebody had looked and not seen it.
     */
    boolean stopMaking() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                 WHERE usename = current_user AND pid <> pg_backend_pid() AND state = 'active' AND starts_with(query, ?)
                """)) {
            statement.setString(1, "CREATE ROLE " + quoted + " ");
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1) > 0;
            }
        }
    }

    /** To end a role's sessions and to give its objects away one must be its member. */
    void join() throws SQLException {
        execute("GRANT " + quoted + " TO CURRENT_USER");
    }

    long sessions(long oid) throws SQLException {
        return count("SELECT count(*) FROM pg_stat_activity WHERE usesysid = ?", oid);
    }

    /** Tells every session to end, then waits for each for a moment. */
    void endSessions(long oid) throws SQLException {
        count("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usesysid = ?", oid);
        count("SELECT count(pg_terminate_backend(pid, 250)) FROM pg_stat_activity WHERE usesysid = ?", oid);
    }

    /**
     * Drops the role unless a session of it is left (one that had been let in just before logins were forbidden), in one
     * transaction.
     *
     * @param reassignTo who gets what it owns; null: the first of its groups that can have it. Never the broker's login: what
     *     an agent left behind, a SECURITY DEFINER function say, would run with the right to make roles
     */
    boolean drop(long oid, @Nullable String reassignTo) throws SQLException {
        connection.setAutoCommit(false);
        try {
            var before = connection.setSavepoint();
            try {
                execute("DROP ROLE " + quoted);
            } catch (SQLException e) {
                if (!DEPENDENT_OBJECTS_STILL_EXIST.equals(e.getSQLState())) {
                    throw e;
                }
                connection.rollback(before);
                join();
                giveAway(reassignTo == null ? groups(oid) : List.of(reassignTo), e);
                // What is left are privileges and defaults.
                execute("DROP OWNED BY " + quoted);
                execute("DROP ROLE " + quoted);
            }
            if (sessions(oid) > 0) {
                connection.rollback();
                return false;
            }
            connection.commit();
            return true;
        } catch (SQLException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    /** What is to be seen of it now, by the server's own clock. */
    Sight look(long oid) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT (SELECT count(*) FROM pg_roles WHERE rolname = ?),
                       (SELECT count(*) FROM pg_stat_activity WHERE usename = ? OR usesysid = ?),
                       current_database(),
                       to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                """)) {
            statement.setString(1, name);
            statement.setString(2, name);
            statement.setLong(3, oid);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return new Sight(row.getLong(1) > 0, row.getLong(2), row.getString(3), row.getString(4));
            }
        }
    }

    record Sight(boolean inCatalogue, long sessions, String database, String at) {}

    private List<String> groups(long oid) throws SQLException {
        List<String> groups = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT DISTINCT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                 WHERE m.member = ? ORDER BY 1
                """)) {
            statement.setLong(1, oid);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    groups.add(rows.getString(1));
                }
            }
        }
        return groups;
    }

    private void giveAway(List<String> candidates, SQLException otherwise) throws SQLException {
        SQLException last = otherwise;
        for (String candidate : candidates) {
            var before = connection.setSavepoint();
            try {
                execute("REASSIGN OWNED BY " + quoted + " TO " + quoting.escapeIdentifier(candidate));
                return;
            } catch (SQLException e) {
                last = e;
                connection.rollback(before);
            }
        }
        throw last;
    }

    private long count(String sql, long oid) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, oid);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private String literal(String text) throws SQLException {
        return "'" + quoting.escapeLiteral(text) + "'";
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
