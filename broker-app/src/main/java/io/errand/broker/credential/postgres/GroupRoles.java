package io.errand.broker.credential.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/** Whether a role may be what a credential is made in. */
final class GroupRoles {

    private static final int INSUFFICIENT_BEFORE = 160_000;

    private GroupRoles() {}

    /**
     * A member can become its group ({@code SET ROLE}), and the group's groups: attributes count as much as privileges. Of
     * the predefined roles only those that read and write data are for agents.
     */
    private static final String LOOK = """
            SELECT pg_has_role(me.oid, g.oid, 'MEMBER WITH ADMIN OPTION')
                   OR me.rolsuper
                   OR (me.rolcreaterole AND current_setting('server_version_num')::int < ?) AS grantable,
                   (SELECT string_agg(r.rolname, ', ' ORDER BY r.rolname)
                      FROM pg_roles r
                     WHERE pg_has_role(g.oid, r.oid, 'MEMBER')
                       AND (r.rolsuper OR r.rolbypassrls OR r.rolreplication OR r.rolcreaterole OR r.rolcreatedb
                            OR (r.rolname LIKE 'pg\\_%'
                                AND r.rolname NOT IN ('pg_read_all_data', 'pg_write_all_data', 'pg_database_owner')))
                   ) AS powers,
                   g.rolsuper
              FROM pg_roles g, pg_roles me
             WHERE g.rolname = ? AND me.rolname = current_user
            """;

    /** What is wrong with a group role; empty if nothing is. */
    static Optional<String> problem(Connection connection, String group) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LOOK)) {
            statement.setInt(1, INSUFFICIENT_BEFORE);
            statement.setString(2, group);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return Optional.of("There is no role '" + group + "' at the target.");
                }
                if (row.getBoolean("rolsuper")) {
                    return Optional.of("'" + group + "' is a superuser; no agent gets that.");
                }
                String powers = row.getString("powers");
                if (powers != null) {
                    return Optional.of("'" + group + "' can become an administrative role (" + powers
                            + "); use a role with privileges on data alone.");
                }
                return row.getBoolean("grantable")
                        ? Optional.empty()
                        : Optional.of("The broker's login may not grant '" + group + "': GRANT it WITH ADMIN OPTION.");
            }
        }
    }

    /** What is wrong with the broker's own login. */
    static Optional<String> loginProblem(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                        "SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user");
                ResultSet row = statement.executeQuery()) {
            return row.next() && row.getBoolean(1)
                    ? Optional.empty()
                    : Optional.of("The broker's login at the target lacks CREATEROLE.");
        }
    }
}
