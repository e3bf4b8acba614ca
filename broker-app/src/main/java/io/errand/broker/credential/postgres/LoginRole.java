package io.errand.broker.credential.postgres;

import io.errand.broker.credential.postgres.leftover.Quoting;
import io.errand.broker.shared.Ids;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The role of one lease, on one connection that commits every statement, and what can be done with it. */
final class LoginRole {

    static final String PREFIX = "errand_";

    static final int GRANT_OPTIONS_SINCE = 160_000;

    /**
     * The transaction's commit does not wait for the disk: a server that crashes may forget a login, which then cannot be used, and
     * its next synchronous commit makes both durable. Who reads at standbys what was just committed still does.
     */
    private static final String UNSYNCED = "SELECT set_config('synchronous_commit', CASE"
            + " current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'off' END, true)";

    /**
     * All sessions, as {@code pg_stat_activity} has them, and whose each is. That view asks before its first row what the broker is a
     * member of, which is every login; these ask nothing.
     */
    static final String BACKENDS = "pg_stat_get_backend_idset() AS backend";

    /** Null: nobody's, but a part of the server. */
    static final String USER = "nullif(pg_stat_get_backend_userid(backend), 0)";

    private final Connection connection;
    private final Quoting quoting;
    private final String name;
    private final String quoted;

    LoginRole(Connection connection, UUID lease) throws SQLException {
        this(connection, nameOf(lease));
    }

    /** One that somebody else made for a lease, under a name of theirs. */
    LoginRole(Connection connection, String name) throws SQLException {
        this.connection = connection;
        this.quoting = new Quoting(connection);
        this.name = name;
        this.quoted = quoting.identifier(name);
    }

    /** The roles whose names carry a lease's id, with its hyphens or without. */
    static List<String> carrying(Connection connection, UUID lease) throws SQLException {
        List<String> names = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT rolname FROM pg_roles
                 WHERE strpos(lower(rolname), ?) > 0 OR strpos(lower(rolname), ?) > 0 ORDER BY rolname
                """)) {
            statement.setString(1, lease.toString());
            statement.setString(2, lease.toString().replace("-", ""));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    names.add(rows.getString(1));
                }
            }
        }
        return names;
    }

    /** The same of many, by name. */
    static Map<String, UUID> carrying(Connection connection, Collection<UUID> leases) throws SQLException {
        Map<String, UUID> names = new TreeMap<>();
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT r.rolname, l.lease
                  FROM pg_roles r
                  JOIN unnest(?::uuid[]) AS l(lease)
                    ON l.lease::text = substring(lower(r.rolname) FROM '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}')
                    OR replace(l.lease::text, '-', '') = substring(lower(r.rolname) FROM '[0-9a-f]{32}')
                """)) {
            statement.setArray(1, connection.createArrayOf("uuid", leases.toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    names.put(rows.getString(1), rows.getObject(2, UUID.class));
                }
            }
        }
        return names;
    }

    static String nameOf(UUID lease) {
        return PREFIX + lease;
    }

    /** Whether a role has the name of a lease's. */
    static boolean isName(@Nullable String role) {
        return role != null
                && role.startsWith(PREFIX)
                && Ids.parse(role.substring(PREFIX.length())).isPresent();
    }

    String name() {
        return name;
    }

    String quoted() {
        return quoted;
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

    /**
     * One message to the server, one transaction there: the role never stands without its comment, nor without the broker as its
     * member, who may end its sessions and prepared transactions and give away what it owns. A crash of the server may lose it: it
     * is committed asynchronously.
     */
    void create(String verifier, int connectionLimit, Instant validUntil, Collection<String> groups, String comment)
            throws SQLException {
        StringBuilder message = new StringBuilder("CREATE ROLE " + quoted + " LOGIN INHERIT CONNECTION LIMIT "
                + connectionLimit + " VALID UNTIL " + quoting.literal(validUntil.toString()) + " PASSWORD "
                + quoting.literal(verifier));
        // Before the grants: after each, the server reads the memberships of all the broker's logins for its next
        // check.
        message.append("; COMMENT ON ROLE ").append(quoted).append(" IS ").append(quoting.literal(comment));
        // Before 16 nobody can be kept from SET ROLE.
        String options = optionsOfGrants() ? " WITH INHERIT TRUE, SET FALSE" : "";
        for (String group : groups) {
            message.append("; GRANT ")
                    .append(quoting.identifier(group))
                    .append(" TO ")
                    .append(quoted)
                    .append(options);
        }
        message.append("; GRANT ").append(quoted).append(" TO CURRENT_USER");
        // By its column's name it is found too while it is under way.
        message.append("; ").append(UNSYNCED).append(" AS ").append(quoted);
        execute(message.toString());
    }

    /** Whether a membership can be granted without the right to {@code SET ROLE}: since PostgreSQL 16. */
    boolean optionsOfGrants() throws SQLException {
        return quoting.isServerAtLeast(GRANT_OPTIONS_SINCE);
    }

    void validUntil(Instant end) throws SQLException {
        execute("ALTER ROLE " + quoted + " VALID UNTIL " + quoting.literal(end.toString()));
    }

    /**
     * What the catalogue says of it; empty: it is not there.
     *
     * @param canLogin whether a new session may begin
     * @param joined whether the broker is its member, with all that this gives
     * @param memberships the roles that it is in
     * @param sessions that are open
     * @param prepared transactions that wait for their second phase
     * @param starting sessions of anybody that have begun and have not said yet whose they are
     */
    record Standing(
            long oid,
            boolean canLogin,
            boolean joined,
            List<Membership> memberships,
            long sessions,
            long prepared,
            long starting) {

        boolean powerless() {
            return memberships.isEmpty() && unusable();
        }

        /** Nobody can act as it. */
        boolean unusable() {
            return !canLogin && sessions == 0 && prepared == 0;
        }

        String what() {
            return "its login " + (canLogin ? "is allowed" : "is forbidden") + ", " + memberships.size()
                    + " memberships, " + sessions + " sessions, " + prepared + " prepared transactions";
        }
    }

    record Membership(String group, String grantor) {}

    /**
     * A backend that has checked the login and is not in {@code pg_stat_activity} yet holds its virtual transaction id, which
     * {@code pg_locks} shows.
     */
    Optional<Standing> standing() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT r.oid, r.rolcanlogin, pg_has_role(current_user, r.oid, 'USAGE') AS joined,
                       ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                              WHERE m.member = r.oid ORDER BY m.roleid, m.grantor) AS groups,
                       ARRAY(SELECT coalesce(g.rolname::text, '') FROM pg_auth_members m
                               LEFT JOIN pg_roles g ON g.oid = m.grantor
                              WHERE m.member = r.oid ORDER BY m.roleid, m.grantor) AS grantors,
                       (SELECT count(*) FROM pg_stat_activity WHERE usesysid = r.oid) AS sessions,
                       (SELECT count(*) FROM pg_prepared_xacts WHERE owner = r.rolname) AS prepared,
                       (SELECT count(*) FROM pg_locks l
                         WHERE l.locktype = 'virtualxid' AND l.pid IS NOT NULL
                           AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a
                                            WHERE a.pid = l.pid AND (a.usesysid IS NOT NULL
                                                                     OR a.backend_type <> 'client backend'))) AS starting
                  FROM pg_roles r WHERE r.rolname = ?
                """)) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(read(row)) : Optional.empty();
            }
        }
    }

    private static Standing read(ResultSet row) throws SQLException {
        return new Standing(
                row.getLong("oid"),
                row.getBoolean("rolcanlogin"),
                row.getBoolean("joined"),
                memberships(row.getArray("groups"), row.getArray("grantors")),
                row.getLong("sessions"),
                row.getLong("prepared"),
                row.getLong("starting"));
    }

    static List<Membership> memberships(Array groups, Array grantors) throws SQLException {
        List<Membership> memberships = new ArrayList<>();
        String[] names = (String[]) groups.getArray();
        String[] by = (String[]) grantors.getArray();
        for (int i = 0; i < names.length; i++) {
            memberships.add(new Membership(names[i], by[i]));
        }
        return memberships;
    }

    /** What is to be seen of it now, by the server's own clock. */
    Sight look(long oid) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT (SELECT count(*) FROM pg_roles WHERE rolname = ?),
                       (SELECT count(*) FROM %1$s WHERE %2$s = (SELECT oid FROM pg_roles WHERE rolname = ?) OR %2$s = ?),
                       (SELECT count(*) FROM pg_prepared_xacts WHERE owner = ?),
                       current_database(),
                       to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                """.formatted(BACKENDS, USER))) {
            statement.setString(1, name);
            statement.setString(2, name);
            statement.setLong(3, oid);
            statement.setString(4, name);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return new Sight(
                        row.getLong(1) > 0, row.getLong(2), row.getLong(3), row.getString(4), row.getString(5));
            }
        }
    }

    record Sight(boolean inCatalogue, long sessions, long prepared, String database, String at) {}

    /**
     * Ends what is still making or changing the role: a broker that died left it. A server does not notice that its client has
     * hung up: a statement that waits for a lock goes on, and would make the role after somebody had looked and not seen it.
     */
    boolean stopOwnStatements() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                 WHERE usename = current_user AND pid <> pg_backend_pid() AND state = 'active' AND strpos(query, ?) > 0
                """)) {
            statement.setString(1, quoted);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1) > 0;
            }
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
