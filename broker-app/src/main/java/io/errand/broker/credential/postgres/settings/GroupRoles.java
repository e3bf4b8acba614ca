package io.errand.broker.credential.postgres.settings;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether a role may be what a credential is made in. */
public final class GroupRoles {

    /** From here on a grant says whether its member may become the role ({@code WITH SET}). */
    public static final int SET_OPTION = 160_000;

    private GroupRoles() {}

    /**
     * A member may become its group ({@code SET ROLE}) where the server cannot forbid it, and may use what its group inherits: so
     * everything reachable from the group counts. Of the predefined roles only those that read and write data are for agents.
     */
    private static final String LOOK = """
            WITH g AS (SELECT * FROM pg_roles WHERE rolname = ?),
                 reachable AS (SELECT r.* FROM g, pg_roles r WHERE pg_has_role(g.oid, r.oid, 'MEMBER'))
            SELECT g.rolsuper,
                   pg_has_role(me.oid, g.oid, 'MEMBER WITH ADMIN OPTION')
                   OR me.rolsuper
                   OR (me.rolcreaterole AND current_setting('server_version_num')::int < ?) AS grantable,
                   (SELECT string_agg(rolname, ', ' ORDER BY rolname) FROM reachable
                     WHERE rolsuper OR rolbypassrls OR rolreplication OR rolcreaterole OR rolcreatedb
                        OR (rolname LIKE 'pg\\_%'
                            AND rolname NOT IN ('pg_read_all_data', 'pg_write_all_data', 'pg_database_owner'))) AS powers,
                   (SELECT string_agg(rolname, ', ' ORDER BY rolname) FROM reachable WHERE rolcanlogin) AS logins,
                   (SELECT string_agg(DISTINCT r.rolname, ', ')
                      FROM pg_auth_members m JOIN reachable ON reachable.oid = m.member JOIN pg_roles r ON r.oid = m.roleid
                     WHERE m.admin_option) AS given,
                   (SELECT string_agg(what, ', ' ORDER BY what)
                      FROM (SELECT 'schema ' || n.nspname AS what FROM pg_namespace n, reachable r
                             WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
                               AND has_schema_privilege(r.oid, n.oid, 'CREATE')
                             UNION
                            SELECT 'database ' || d.datname FROM pg_database d, reachable r
                             WHERE has_database_privilege(r.oid, d.oid, 'CREATE')
                             LIMIT 5) creatable) AS creates
              FROM g, pg_roles me
             WHERE me.rolname = current_user
            """;

    /** What is wrong with a group role, each a sentence; empty if nothing is. */
    public static List<String> problems(Connection connection, String group, TargetProperties.Target target)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LOOK)) {
            statement.setString(1, group);
            statement.setInt(2, SET_OPTION);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return List.of("There is no role '" + group + "' at the target.");
                }
                if (row.getBoolean("rolsuper")) {
                    return List.of("'" + group + "' is a superuser; no agent gets that.");
                }
                return problems(
                        row, group, canForbidSetRole(connection) || target.accepts(TargetProperties.Target.SET_ROLE));
            }
        }
    }

    private static List<String> problems(ResultSet row, String group, boolean setRoleIsNone) throws SQLException {
        List<String> problems = new ArrayList<>();
        add(
                problems,
                row.getString("powers"),
                "'" + group + "' can become an administrative role (%s);"
                        + " use a role with privileges on data alone.");
        add(
                problems,
                row.getString("logins"),
                "'" + group + "' can become a role that can log in (%s): an agent would set a"
                        + " password on it and keep it. ALTER ROLE … NOLOGIN, or use another role.");
        add(
                problems,
                row.getString("given"),
                "'" + group + "' may grant roles to others (%s): an agent would give them away for"
                        + " good. REVOKE ADMIN OPTION FOR …, or use another role.");
        add(
                problems,
                setRoleIsNone ? null : row.getString("creates"),
                "'" + group + "' may create (%s), and before PostgreSQL 16"
                        + " an agent can become its group (SET ROLE): what it makes then is the group's and stays. REVOKE CREATE …,"
                        + " or accept it: errand.targets.<name>.accept: [set_role].");
        if (!row.getBoolean("grantable")) {
            problems.add("The broker's login may not grant '" + group + "': GRANT it WITH ADMIN OPTION.");
        }
        return problems;
    }

    private static void add(List<String> problems, @Nullable String found, String sentence) {
        if (found != null) {
            problems.add(String.format(sentence, found));
        }
    }

    /** Whether any of these groups lets its members into the database; they need it of one alone. */
    public static boolean mayConnect(Connection connection, List<String> groups) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT coalesce(bool_or(has_database_privilege(oid, current_database(), 'CONNECT')), true)
                  FROM pg_roles WHERE rolname = ANY (?)
                """)) {
            statement.setArray(1, connection.createArrayOf("text", groups.toArray()));
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    /** What is wrong with the server or the broker's own login, for any tool. */
    public static List<String> targetProblems(Connection connection, TargetProperties.Target target)
            throws SQLException {
        List<String> problems = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement("""
                        SELECT rolcreaterole OR rolsuper, current_setting('max_prepared_transactions')::int,
                               rolinherit OR rolsuper
                          FROM pg_roles WHERE rolname = current_user
                        """);
                ResultSet row = statement.executeQuery()) {
            row.next();
            if (!row.getBoolean(1)) {
                problems.add("The broker's login at the target lacks CREATEROLE.");
            }
            if (!row.getBoolean(3) && !canForbidSetRole(connection)) {
                problems.add(
                        "The broker's login at the target is NOINHERIT, and before PostgreSQL 16 it may then end no session of"
                                + " the logins that it makes: ALTER ROLE … INHERIT.");
            }
            if (row.getInt(2) > 0
                    && !canForbidSetRole(connection)
                    && !target.accepts(TargetProperties.Target.SET_ROLE)) {
                problems.add("The server allows prepared transactions (max_prepared_transactions = " + row.getInt(2)
                        + "), and before PostgreSQL 16 an agent can prepare one as its group, where nobody finds it. Set it to 0,"
                        + " or accept it: errand.targets.<name>.accept: [set_role].");
            }
        }
        return problems;
    }

    public static boolean canForbidSetRole(Connection connection) throws SQLException {
        return version(connection) >= SET_OPTION;
    }

    /** {@code server_version_num}. */
    public static int version(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                        connection.prepareStatement("SELECT current_setting('server_version_num')::int");
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getInt(1);
        }
    }
}
