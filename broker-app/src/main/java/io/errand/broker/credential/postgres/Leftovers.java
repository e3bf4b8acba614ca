package io.errand.broker.credential.postgres;

import io.errand.broker.credential.postgres.leftover.HeirRole;
import io.errand.broker.credential.postgres.leftover.Leftover;
import io.errand.broker.credential.postgres.leftover.OwnedObjects;
import io.errand.broker.credential.postgres.leftover.OwnedObjects.Executable;
import io.errand.broker.credential.postgres.leftover.OwnedObjects.Named;
import io.errand.broker.credential.postgres.leftover.Quoting;
import io.errand.broker.credential.postgres.leftover.TableHooks;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Puts away what a login owns in one database, in one transaction there: what runs is dropped or quarantined, data goes to a role
 * without rights, default privileges and grants go. Nothing of it is run.
 */
final class Leftovers {

    /** Kinds that {@code ALTER … OWNER TO} moves and whose rights can be taken from everybody. */
    private static final Set<String> QUARANTINED =
            Set.of("function", "procedure", "aggregate", "view", "operator", "operator class", "operator family");

    private static final Set<String> ROUTINES = Set.of("function", "procedure", "aggregate");

    private static final Set<String> GRANTED =
            Set.of("table", "foreign table", "materialized view", "sequence", "large object", "schema");

    private static final int MOST_AT_ONCE = 200;

    private final Connection connection;
    private final Quoting quoting;
    private final LoginRole role;
    private final long oid;
    private final BlockedStatements statements;
    private final String database;
    private final String heir;
    private final boolean quarantine;
    private final List<Leftover> all = new ArrayList<>();

    /**
     * @param connection to that database, in a transaction that the caller commits or rolls back
     * @param heir who gets the data
     */
    Leftovers(
            Connection connection,
            LoginRole role,
            long oid,
            BlockedStatements statements,
            String heir,
            boolean quarantine)
            throws SQLException {
        this.connection = connection;
        this.quoting = new Quoting(connection);
        this.role = role;
        this.oid = oid;
        this.statements = statements;
        this.database = connection.getCatalog();
        this.heir = heir;
        this.quarantine = quarantine;
    }

    /**
     * @param groups whose rights on schemas are lent to the heirs until the end of this transaction, which nobody sees: a function
     *     cannot be named, nor given to a role, without rights on its schema
     * @return false: there is more, for another transaction
     */
    boolean putAway(Collection<String> groups) throws SQLException {
        List<String> heirs = List.of(heir, HeirRole.QUARANTINE);
        List<Named> lent = lend(groups, heirs);
        openOwnSchemas(heirs);
        OwnedObjects objects = new OwnedObjects(connection, oid);
        for (TableHooks.Hook hook : TableHooks.of(connection, oid)) {
            statements.execute(hook.drop());
            note(hook.kind(), hook.name(), "dropped");
        }
        List<Executable> executables = objects.executables(MOST_AT_ONCE);
        for (Executable executable : executables) {
            putAway(objects, executable);
        }
        boolean finished = executables.size() < MOST_AT_ONCE;
        if (finished) {
            giveData(objects.data());
            for (Named right : objects.rights()) {
                note("default privileges", right.name(), "dropped");
            }
            statements.execute("DROP OWNED BY " + role.quoted());
            closeOwnSchemas();
        }
        for (Named one : lent) {
            statements.execute("REVOKE " + quoting.identifier(one.kind()) + " FROM " + quoting.identifier(one.name()));
        }
        return finished;
    }

    List<Leftover> all() {
        return all;
    }

    private List<Named> lend(Collection<String> groups, List<String> heirs) throws SQLException {
        List<Named> lent = new ArrayList<>();
        for (String group : groups) {
            for (String to : heirs) {
                if (!isIn(group, to)) {
                    statements.execute("GRANT " + quoting.identifier(group) + " TO " + quoting.identifier(to));
                    lent.add(new Named(group, to));
                }
            }
        }
        return lent;
    }

    private boolean isIn(String group, String member) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT EXISTS (SELECT 1 FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                                 JOIN pg_roles r ON r.oid = m.member WHERE g.rolname = ? AND r.rolname = ?)
                """)) {
            statement.setString(1, group);
            statement.setString(2, member);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    /** The login may have taken its rights on its own schemas from itself; its members may give them back. */
    private void openOwnSchemas(List<String> heirs) throws SQLException {
        for (String schema : ownSchemas()) {
            statements.execute("GRANT ALL ON SCHEMA " + schema + " TO " + role.quoted());
            for (String to : heirs) {
                statements.execute("GRANT ALL ON SCHEMA " + schema + " TO " + quoting.identifier(to));
            }
        }
    }

    private void closeOwnSchemas() throws SQLException {
        for (Leftover one : all) {
            if (one.kind().equals("schema")) {
                statements.execute("REVOKE ALL ON SCHEMA " + one.name() + " FROM " + HeirRole.QUARANTINE);
            }
        }
    }

    private List<String> ownSchemas() throws SQLException {
        List<String> names = new ArrayList<>();
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT quote_ident(nspname) FROM pg_namespace WHERE nspowner = ?::oid")) {
            statement.setLong(1, oid);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    names.add(rows.getString(1));
                }
            }
        }
        return names;
    }

    /**
     * What others' data hangs on cannot be dropped; kept, it belongs to a role without rights and nobody may run it. A trigger's
     * function is run without anybody's right to it, so what hooks another's table is never kept.
     */
    private void putAway(OwnedObjects objects, Executable one) throws SQLException {
        if (!exists(one)) {
            note(one.kind(), one.name(), "dropped");
            return;
        }
        boolean keep = one.entangled() || (quarantine && !one.hooked());
        if (keep && QUARANTINED.contains(one.kind())) {
            quarantine(one);
            return;
        }
        if (one.entangled()) {
            throw new SQLException(
                    "the data of others hangs on the " + one.kind() + " " + one.name() + ", so it is not dropped",
                    "2BP01");
        }
        for (Named hook : objects.dependents(one)) {
            note(hook.kind(), hook.name(), "dropped");
        }
        statements.execute("DROP " + one.kind() + " " + one.name() + " CASCADE");
        note(one.kind(), one.name(), "dropped");
    }

    /** It may have gone with another. */
    private boolean exists(Executable one) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT (pg_identify_object(?::oid, ?::oid, 0)).identity IS NOT NULL")) {
            statement.setLong(1, one.catalogue());
            statement.setLong(2, one.id());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    private void quarantine(Executable one) throws SQLException {
        statements.execute("ALTER " + one.kind() + " " + one.name() + " OWNER TO " + HeirRole.QUARANTINE);
        if (ROUTINES.contains(one.kind())) {
            revokeAll(
                    "ROUTINE " + one.name(), "SELECT proacl, 'f', proowner FROM pg_proc WHERE oid = ?::oid", one.id());
        } else if (one.kind().equals("view")) {
            revokeAll("TABLE " + one.name(), "SELECT relacl, 'r', relowner FROM pg_class WHERE oid = ?::oid", one.id());
        }
        note(one.kind(), one.name(), "quarantined");
    }

    /** From everybody, its owner too. */
    private void revokeAll(String object, String acl, long id) throws SQLException {
        List<String> grantees = new ArrayList<>(List.of("PUBLIC"));
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT DISTINCT quote_ident(r.rolname)
                  FROM (%s) AS o(acl, type, owner)
                 CROSS JOIN LATERAL aclexplode(coalesce(o.acl, acldefault(o.type::"char", o.owner))) x
                  JOIN pg_roles r ON r.oid = x.grantee
                """.formatted(acl))) {
            statement.setLong(1, id);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    grantees.add(rows.getString(1));
                }
            }
        }
        statements.execute("REVOKE ALL ON " + object + " FROM " + String.join(", ", grantees));
    }

    private void giveData(List<Named> data) throws SQLException {
        if (data.isEmpty()) {
            return;
        }
        statements.execute("REASSIGN OWNED BY " + role.quoted() + " TO " + quoting.identifier(heir));
        Map<String, List<String>> granted = new TreeMap<>();
        for (Named one : data) {
            if (GRANTED.contains(one.kind())) {
                granted.computeIfAbsent(granted(one.kind()), kind -> new ArrayList<>())
                        .add(one.name());
            }
            note(one.kind(), one.name(), "given to " + heir);
        }
        for (Map.Entry<String, List<String>> kind : granted.entrySet()) {
            for (int from = 0; from < kind.getValue().size(); from += MOST_AT_ONCE) {
                List<String> names = kind.getValue()
                        .subList(
                                from,
                                Math.min(from + MOST_AT_ONCE, kind.getValue().size()));
                statements.execute("REVOKE ALL ON " + kind.getKey() + " " + String.join(", ", names) + " FROM PUBLIC");
            }
        }
    }

    private static String granted(String kind) {
        return switch (kind) {
            case "large object", "sequence", "schema" -> kind;
            default -> "TABLE";
        };
    }

    private void note(String kind, String name, String fate) {
        all.add(new Leftover(kind, name, database, fate));
    }

    /** The databases in which something depends on a role, and whether one can connect to them. */
    static List<String> databases(Connection connection, long oid) throws SQLException {
        List<String> names = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT datname FROM pg_database WHERE oid IN (
                  SELECT dbid FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = ?::oid)
                 ORDER BY datname
                """)) {
            statement.setLong(1, oid);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    names.add(rows.getString(1));
                }
            }
        }
        return names;
    }
}
