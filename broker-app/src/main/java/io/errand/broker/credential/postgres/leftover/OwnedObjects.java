package io.errand.broker.credential.postgres.leftover;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What a role owns in one database, by the catalogue: {@code pg_shdepend} says what, {@code pg_depend} what hangs on it. */
public final class OwnedObjects {

    /** Kinds that hold data, or hold what does; everything else runs. */
    private static final Set<String> DATA = Set.of(
            "table",
            "foreign table",
            "materialized view",
            "sequence",
            "type",
            "large object",
            "schema",
            "statistics object",
            "collation",
            "extension");

    /** Goes with {@code DROP OWNED}: rights, not objects. */
    private static final Set<String> RIGHTS = Set.of("default acl", "user mapping");

    private final Connection connection;
    private final long role;

    public OwnedObjects(Connection connection, long role) {
        this.connection = connection;
        this.role = role;
    }

    /** An object that runs, and how it is named. */
    public record Executable(long catalogue, long id, String kind, String name, boolean entangled, boolean hooked) {}

    public record Named(String kind, String name) {}

    private static final String OWNED = """
            SELECT d.classid, d.objid, i.type, i.identity
              FROM pg_shdepend d CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) i
             WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = ?::oid AND d.deptype = 'o'
               AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
             ORDER BY i.type, i.identity
            """;

    public List<Named> data() throws SQLException {
        List<Named> all = new ArrayList<>();
        for (Named one : named(OWNED.replace("d.classid, d.objid, i.type", "i.type"), 1)) {
            if (DATA.contains(one.kind)) {
                all.add(one);
            }
        }
        return all;
    }

    /** How many objects of a server's databases hang on a role. */
    public static long count(Connection connection, long role) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT count(*) FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = ?::oid")) {
            statement.setLong(1, role);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    /** Default privileges; they have no names that a statement could use. */
    public List<Named> rights() throws SQLException {
        return named(OWNED.replace("d.classid, d.objid, i.type", "i.type"), 1).stream()
                .filter(one -> one.kind.equals("default acl"))
                .toList();
    }

    /**
     * What runs. {@code entangled}: something hangs on it that is not the role's and is more than a hook, so that dropping it would
     * take from others. {@code hooked}: a trigger or rule on another's table hangs on it.
     */
    public List<Executable> executables(int most) throws SQLException {
        List<Executable> all = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(OWNED)) {
            statement.setLong(1, role);
            try (ResultSet rows = statement.executeQuery()) {
                while (all.size() < most && rows.next()) {
                    String kind = rows.getString("type");
                    if (!DATA.contains(kind) && !RIGHTS.contains(kind)) {
                        all.add(executable(rows.getLong("classid"), rows.getLong("objid"), kind, rows.getString(4)));
                    }
                }
            }
        }
        return all;
    }

    private Executable executable(long catalogue, long id, String kind, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(DEPENDENTS + """
                SELECT coalesce(bool_or(NOT (hook OR own)), false), coalesce(bool_or(hook AND NOT own), false) FROM judged
                """)) {
            bind(statement, catalogue, id);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return new Executable(catalogue, id, kind, name, row.getBoolean(1), row.getBoolean(2));
            }
        }
    }

    /** The triggers, rules, policies, defaults and checks on others' objects that go with it, and indexes and casts. */
    public List<Named> dependents(Executable root) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(DEPENDENTS + """
                SELECT i.type, i.identity FROM judged j
                 CROSS JOIN LATERAL pg_identify_object(j.classid, j.objid, j.objsubid) i
                 WHERE NOT j.own ORDER BY 1, 2
                """)) {
            bind(statement, root.catalogue, root.id);
            return read(statement);
        }
    }

    private void bind(PreparedStatement statement, long catalogue, long id) throws SQLException {
        statement.setLong(1, catalogue);
        statement.setLong(2, id);
        statement.setLong(3, role);
        statement.setLong(4, role);
    }

    /**
     * What goes if an object goes, by any chain of dependencies; an internal part takes along what it is a part of (a view's rule
     * the view, a generated column's expression the column). {@code own}: the role's, and not a table or a column. {@code hook}:
     * runs the object for another's table, and can go without its data.
     */
    private static final String DEPENDENTS = """
            WITH RECURSIVE hanging AS (
              SELECT ?::oid AS classid, ?::oid AS objid, 0 AS objsubid
              UNION
              SELECT n.classid, n.objid, n.objsubid FROM hanging h CROSS JOIN LATERAL (
                SELECT d.classid, d.objid, d.objsubid FROM pg_depend d
                 WHERE d.refclassid = h.classid AND d.refobjid = h.objid
                   AND (h.objsubid = 0 OR d.refobjsubid = h.objsubid)
                   AND d.deptype IN ('n', 'a', 'i', 'P', 'S')
                UNION ALL
                SELECT d.refclassid, d.refobjid, d.refobjsubid FROM pg_depend d
                 WHERE d.classid = h.classid AND d.objid = h.objid AND d.deptype = 'i') n),
            relation AS (
              SELECT h.*, CASE h.classid
                  WHEN 'pg_class'::regclass THEN h.objid
                  WHEN 'pg_trigger'::regclass THEN (SELECT tgrelid FROM pg_trigger WHERE oid = h.objid)
                  WHEN 'pg_policy'::regclass THEN (SELECT polrelid FROM pg_policy WHERE oid = h.objid)
                  WHEN 'pg_attrdef'::regclass THEN (SELECT adrelid FROM pg_attrdef WHERE oid = h.objid)
                  WHEN 'pg_rewrite'::regclass THEN (SELECT ev_class FROM pg_rewrite WHERE oid = h.objid)
                  WHEN 'pg_constraint'::regclass THEN (SELECT conrelid FROM pg_constraint WHERE oid = h.objid)
                  WHEN 'pg_type'::regclass THEN (SELECT coalesce(nullif(t.typrelid, 0), e.typrelid)
                                                   FROM pg_type t LEFT JOIN pg_type e ON e.oid = t.typelem
                                                  WHERE t.oid = h.objid) END AS rel
                FROM hanging h),
            judged AS (
              SELECT r.*,
                     EXISTS (SELECT 1 FROM pg_class c WHERE c.oid = r.rel AND c.relowner = ?::oid
                                AND (r.classid NOT IN ('pg_class'::regclass, 'pg_type'::regclass)
                                     OR (r.objsubid = 0 AND c.relkind IN ('v', 'i', 'I'))))
                     OR (r.rel IS NULL AND EXISTS (
                         SELECT 1 FROM pg_shdepend o
                          WHERE o.classid = r.classid AND o.objid = r.objid AND o.deptype = 'o'
                            AND o.refclassid = 'pg_authid'::regclass AND o.refobjid = ?::oid
                            AND o.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                            AND r.classid NOT IN ('pg_type'::regclass, 'pg_namespace'::regclass))) AS own,
                     r.classid IN ('pg_trigger'::regclass, 'pg_policy'::regclass, 'pg_attrdef'::regclass,
                                   'pg_rewrite'::regclass, 'pg_cast'::regclass, 'pg_amop'::regclass,
                                   'pg_amproc'::regclass)
                     OR (r.classid = 'pg_constraint'::regclass
                         AND EXISTS (SELECT 1 FROM pg_constraint k WHERE k.oid = r.objid AND k.contype = 'c')) AS hook
                FROM relation r)
            """;

    private List<Named> named(String sql, int parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 1; i <= parameters; i++) {
                statement.setLong(i, role);
            }
            return read(statement);
        }
    }

    private static List<Named> read(PreparedStatement statement) throws SQLException {
        List<Named> all = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                all.add(new Named(rows.getString(1), rows.getString(2)));
            }
        }
        return all;
    }
}
