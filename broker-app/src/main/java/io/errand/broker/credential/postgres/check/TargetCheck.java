package io.errand.broker.credential.postgres.check;

import io.errand.broker.credential.postgres.Standby;
import io.errand.broker.credential.postgres.Standbys;
import io.errand.broker.credential.postgres.Target;
import io.errand.broker.credential.postgres.settings.Address;
import io.errand.broker.credential.postgres.settings.GroupRoles;
import io.errand.broker.credential.postgres.settings.TargetProperties;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.HostSpec;

/** What is missing at a target, and what is wider than need be. It changes nothing there. */
public final class TargetCheck {

    private static final int OLDEST = 150_000;
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "::1", "[::1]");

    private final Target target;
    private final List<TargetFinding> findings = new ArrayList<>();

    private TargetCheck(Target target) {
        this.target = target;
    }

    /**
     * Errors first.
     *
     * @param groups the group roles that tools are to use; whatever else the login may grant is looked at too, as a warning
     */
    public static List<TargetFinding> report(Target target, Set<String> groups) {
        TargetCheck check = new TargetCheck(target);
        check.transport();
        try (Connection connection = target.connect()) {
            check.server(connection);
            check.login(connection);
            check.groups(connection, groups);
            check.databases(connection);
            check.cron(connection, groups);
            check.standbys(connection);
        } catch (SQLException e) {
            check.error(target.name(), "cannot be looked at: " + cause(e));
        }
        return check.findings.stream()
                .sorted((one, other) -> one.severity().compareTo(other.severity()))
                .toList();
    }

    private void error(String subject, String detail) {
        findings.add(TargetFinding.error(subject, detail));
    }

    private void warning(String subject, String detail) {
        findings.add(TargetFinding.warning(subject, detail));
    }

    private void transport() {
        Address address = target.settings().address();
        String mode = address.parameter("sslmode");
        boolean near = address.hosts().stream().map(HostSpec::getHost).allMatch(LOOPBACK::contains);
        if (!near && !"verify-full".equals(mode)) {
            warning(
                    "url",
                    "does not say sslmode=verify-full: the broker and its agents would speak to whoever answers at that address");
        }
    }

    private void server(Connection connection) throws SQLException {
        int version = GroupRoles.version(connection);
        if (version < OLDEST) {
            error("server", "is PostgreSQL " + version / 10_000 + "; 15 and newer are supported");
        }
        GroupRoles.targetProblems(connection, target.settings()).forEach(text -> error("server", text));
        if (version < GroupRoles.SET_OPTION && target.settings().accepts(TargetProperties.Target.SET_ROLE)) {
            warning(
                    "accept",
                    "set_role: what an agent makes or prepares after SET ROLE is its group's, and receipts say that it was not"
                            + " looked at; PostgreSQL 16 and newer prevent it");
        }
    }

    private void login(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                        SELECT rolname,
                               concat_ws(', ', CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolbypassrls THEN 'BYPASSRLS' END,
                                         CASE WHEN rolreplication THEN 'REPLICATION' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END)
                          FROM pg_roles WHERE rolname = current_user
                        """);
                ResultSet row = statement.executeQuery()) {
            row.next();
            if (!row.getString(2).isEmpty()) {
                warning(row.getString(1), "has " + row.getString(2) + ", and needs CREATEROLE alone");
            }
        }
    }

    private void groups(Connection connection, Set<String> named) throws SQLException {
        Set<String> grantable = grantable(connection);
        if (grantable.isEmpty() && named.isEmpty() && GroupRoles.canForbidSetRole(connection)) {
            error("login", "may grant no role: GRANT the group roles of the tools to it WITH ADMIN OPTION");
        }
        for (String group : named) {
            for (String problem : GroupRoles.problems(connection, group, target.settings())) {
                error(group, problem);
            }
        }
        if (!named.isEmpty() && !GroupRoles.mayConnect(connection, List.copyOf(named))) {
            error(database(connection), "lets none of these roles in: GRANT CONNECT ON DATABASE … TO one of them");
        }
        Set<String> others = new TreeSet<>(grantable);
        others.removeAll(named);
        for (String group : others) {
            for (String problem : GroupRoles.problems(connection, group, target.settings())) {
                warning(group, "is no tool's role as it is: " + problem);
            }
        }
        for (String group : inherited(connection)) {
            warning(
                    group,
                    "gives its privileges to the broker's own login: GRANT … WITH ADMIN TRUE, INHERIT FALSE, SET FALSE (PostgreSQL"
                            + " 16 and newer)");
        }
    }

    /** Roles that the login may grant; its leases' are not counted. */
    private static Set<String> grantable(Connection connection) throws SQLException {
        return texts(connection, """
                SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles me ON me.oid = m.member
                 WHERE me.rolname = current_user AND m.admin_option AND NOT starts_with(g.rolname::text, 'errand_')
                """);
    }

    private static Set<String> inherited(Connection connection) throws SQLException {
        return !GroupRoles.canForbidSetRole(connection) ? Set.of() : texts(connection, """
                        WITH RECURSIVE inherited AS (
                          SELECT m.roleid FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                            JOIN pg_roles me ON me.oid = m.member
                           WHERE me.rolname = current_user AND m.inherit_option AND NOT starts_with(g.rolname::text, 'errand_')
                          UNION
                          SELECT m.roleid FROM pg_auth_members m JOIN inherited i ON i.roleid = m.member WHERE m.inherit_option)
                        SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                          JOIN pg_roles me ON me.oid = m.member
                         WHERE me.rolname = current_user AND m.admin_option AND NOT starts_with(g.rolname::text, 'errand_')
                           AND g.oid IN (SELECT roleid FROM inherited) AND NOT me.rolsuper
                        """);
    }

    /** What every login of the server may do, and so an agent's. */
    private void databases(Connection connection) throws SQLException {
        for (String other : texts(connection, """
                SELECT datname FROM pg_database
                 WHERE datallowconn AND datname <> current_database()
                   AND EXISTS (SELECT FROM aclexplode(coalesce(datacl, acldefault('d', datdba)))
                                WHERE grantee = 0 AND privilege_type = 'CONNECT')
                """)) {
            warning(
                    "database " + other,
                    "lets everybody in, agents too: REVOKE CONNECT ON DATABASE " + other + " FROM PUBLIC");
        }
        for (String schema : texts(connection, """
                SELECT nspname FROM pg_namespace
                 WHERE nspname NOT LIKE 'pg\\_%'
                   AND EXISTS (SELECT FROM aclexplode(nspacl) WHERE grantee = 0 AND privilege_type = 'CREATE')
                """)) {
            warning(
                    "schema " + schema,
                    "lets everybody create in it: REVOKE CREATE ON SCHEMA " + schema + " FROM PUBLIC");
        }
    }

    /** A job of a role that is gone stops pg_cron's launcher from running any job. */
    private void cron(Connection connection, Set<String> named) throws SQLException {
        Set<String> groups = new TreeSet<>(grantable(connection));
        groups.addAll(named);
        for (String group : texts(connection, """
                SELECT r.rolname FROM pg_roles r, pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'job'
                 WHERE n.nspname = 'cron' AND r.rolname = ANY (?) AND has_schema_privilege(r.oid, n.oid, 'USAGE')
                """, groups)) {
            error(
                    group,
                    "may use the schema cron: a job of a login that is dropped stops pg_cron from running any job."
                            + " REVOKE USAGE ON SCHEMA cron FROM it and from PUBLIC");
        }
    }

    private void standbys(Connection connection) throws SQLException {
        Standbys.Server primary = Standbys.Server.of(connection);
        for (Standby standby : target.standbys().all()) {
            try (Connection there = standby.connect()) {
                standby(standby.toString(), primary, there);
            } catch (SQLException e) {
                error("standby " + standby, "cannot be looked at, so no lease is seen gone: " + cause(e));
            }
        }
        try (PreparedStatement statement = connection.prepareStatement("SELECT count(*) FROM pg_stat_replication");
                ResultSet row = statement.executeQuery()) {
            row.next();
            if (row.getInt(1) > target.standbys().all().size()) {
                warning(
                        "standbys",
                        row.getInt(1) + " servers replicate from this one, and "
                                + target.standbys().all().size()
                                + " are named as standbys: name every one that agents can reach");
            }
        }
    }

    private void standby(String name, Standbys.Server primary, Connection there) throws SQLException {
        Standbys.Server server = Standbys.Server.of(there);
        if (!server.systemIdentifier().equals(primary.systemIdentifier())) {
            error("standby " + name, "belongs to another cluster than the target");
        } else if (!server.equals(primary) && !Standby.isInRecovery(there)) {
            error("standby " + name, "is a primary of its own: it was promoted, and url leads to another one");
        }
        for (String delay : texts(
                there, "SELECT setting FROM pg_settings WHERE name = 'recovery_min_apply_delay' AND setting <> '0'")) {
            warning(
                    "standby " + name,
                    "replays " + delay + " ms late (recovery_min_apply_delay): every lease stays revoking that long");
        }
    }

    private static String database(Connection connection) throws SQLException {
        return "database " + connection.getCatalog();
    }

    private static Set<String> texts(Connection connection, String sql) throws SQLException {
        return texts(connection, sql, null);
    }

    private static Set<String> texts(Connection connection, String sql, @Nullable Set<String> names)
            throws SQLException {
        Set<String> found = new TreeSet<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            if (names != null) {
                statement.setArray(1, connection.createArrayOf("text", names.toArray()));
            }
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    found.add(rows.getString(1));
                }
            }
        }
        return found;
    }

    /** The pool says only that it waited; what the server said stands below. */
    private static String cause(SQLException e) {
        Throwable cause = e;
        while (cause.getCause() instanceof SQLException below) {
            cause = below;
        }
        return String.valueOf(cause.getMessage());
    }
}
