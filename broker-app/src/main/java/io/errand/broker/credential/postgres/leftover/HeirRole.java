package io.errand.broker.credential.postgres.leftover;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** A role of the broker's that gets what credentials leave behind. It has no rights, so what it owns can do nothing by them. */
public final class HeirRole {

    public static final String DATA = "errand_leftovers";
    public static final String QUARANTINE = "errand_quarantine";

    private static final String DUPLICATE_OBJECT = "42710";
    private static final String UNIQUE_VIOLATION = "23505";

    private HeirRole() {}

    /**
     * Makes it where it is missing, and makes the broker its member. Outside a transaction.
     *
     * @throws SQLException it cannot be made, or it has rights of its own
     */
    public static void ensure(Connection connection, String name) throws SQLException {
        String quoted = new Quoting(connection).identifier(name);
        Seen seen = look(connection, name);
        if (seen == Seen.ABSENT) {
            create(connection, quoted);
            seen = look(connection, name);
        }
        if (seen == Seen.FOREIGN) {
            execute(connection, "GRANT " + quoted + " TO CURRENT_USER");
        }
        if (seen == Seen.POWERFUL) {
            throw new SQLException(
                    name + " can log in or has the rights of other roles: it must have none (ALTER ROLE " + name
                            + " NOLOGIN, and REVOKE its memberships)",
                    "0LP01");
        }
    }

    private enum Seen {
        ABSENT,
        FOREIGN,
        POWERFUL,
        READY
    }

    private static Seen look(Connection connection, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT r.rolcanlogin OR r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolbypassrls OR r.rolreplication
                       OR EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid) AS powerful,
                       EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.roleid = r.oid
                                  AND m.member = (SELECT oid FROM pg_roles WHERE rolname = current_user))
                       AND pg_has_role(current_user, r.oid, 'USAGE') AS joined
                  FROM pg_roles r WHERE r.rolname = ?
                """)) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return Seen.ABSENT;
                }
                if (row.getBoolean("powerful")) {
                    return Seen.POWERFUL;
                }
                return row.getBoolean("joined") ? Seen.READY : Seen.FOREIGN;
            }
        }
    }

    /** Another worker may make it at the same time. */
    private static void create(Connection connection, String quoted) throws SQLException {
        try {
            execute(connection, "CREATE ROLE " + quoted + " NOLOGIN ROLE CURRENT_USER");
        } catch (SQLException e) {
            if (!DUPLICATE_OBJECT.equals(e.getSQLState()) && !UNIQUE_VIOLATION.equals(e.getSQLState())) {
                throw e;
            }
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
