package io.errand.broker.credential.postgres.leftover;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * What runs with the rights of whoever uses the tables and domains of a role: triggers, rules, policies, and the default and check
 * expressions that call anything but a constant function. The data stays without them.
 */
public final class TableHooks {

    /**
     * Expressions of immutable functions of PostgreSQL's own cannot do anything; {@code nextval} and the clock may stay too. The
     * text of a constant is not in a node tree but as numbers, so nothing in it can look like a call.
     */
    private static final String CALLS = """
            EXISTS (SELECT 1 FROM regexp_matches(%s::text, ':(?:funcid|opfuncid) ([0-9]+)', 'g') AS m(call)
                      LEFT JOIN pg_proc p ON p.oid = m.call[1]::oid
                     WHERE p.oid IS NULL OR p.oid >= 16384
                        OR (p.provolatile <> 'i' AND p.oid NOT IN (
                            'nextval(regclass)'::regprocedure, 'now()'::regprocedure, 'gen_random_uuid()'::regprocedure,
                            'statement_timestamp()'::regprocedure, 'clock_timestamp()'::regprocedure)))
            """;

    private static final String ALL =
            """
            SELECT 'trigger', format('%%I on %%I.%%I', t.tgname, n.nspname, c.relname),
                   format('DROP TRIGGER IF EXISTS %%I ON %%I.%%I', t.tgname, n.nspname, c.relname)
              FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relowner = ?::oid AND NOT t.tgisinternal AND t.tgparentid = 0
            UNION ALL
            SELECT 'rule', format('%%I on %%I.%%I', r.rulename, n.nspname, c.relname),
                   format('DROP RULE IF EXISTS %%I ON %%I.%%I', r.rulename, n.nspname, c.relname)
              FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relowner = ?::oid AND r.rulename <> '_RETURN'
            UNION ALL
            SELECT 'policy', format('%%I on %%I.%%I', p.polname, n.nspname, c.relname),
                   format('DROP POLICY IF EXISTS %%I ON %%I.%%I', p.polname, n.nspname, c.relname)
              FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relowner = ?::oid
            UNION ALL
            SELECT 'default value', format('%%I.%%I.%%I', n.nspname, c.relname, a.attname),
                   format('ALTER TABLE ONLY %%I.%%I ALTER COLUMN %%I DROP DEFAULT', n.nspname, c.relname, a.attname)
              FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum
             WHERE c.relowner = ?::oid AND a.attgenerated = '' AND %1$s
            UNION ALL
            SELECT 'check constraint', format('%%I on %%I.%%I', k.conname, n.nspname, c.relname),
                   format('ALTER TABLE %%I.%%I DROP CONSTRAINT IF EXISTS %%I', n.nspname, c.relname, k.conname)
              FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relowner = ?::oid AND k.contype = 'c' AND k.coninhcount = 0 AND %2$s
            UNION ALL
            SELECT 'check constraint', format('%%I on %%I.%%I', k.conname, n.nspname, t.typname),
                   format('ALTER DOMAIN %%I.%%I DROP CONSTRAINT IF EXISTS %%I', n.nspname, t.typname, k.conname)
              FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_namespace n ON n.oid = t.typnamespace
             WHERE t.typowner = ?::oid AND k.contype = 'c' AND %2$s
            UNION ALL
            SELECT 'default value', format('%%I.%%I', n.nspname, t.typname),
                   format('ALTER DOMAIN %%I.%%I DROP DEFAULT', n.nspname, t.typname)
              FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
             WHERE t.typowner = ?::oid AND t.typtype = 'd' AND t.typdefaultbin IS NOT NULL AND %3$s
            """.formatted(CALLS.formatted("d.adbin"), CALLS.formatted("k.conbin"), CALLS.formatted("t.typdefaultbin"));

    private static final int PARAMETERS = 7;

    private TableHooks() {}

    /** @param drop the statement that takes it away */
    public record Hook(String kind, String name, String drop) {}

    public static List<Hook> of(Connection connection, long role) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ALL)) {
            for (int i = 1; i <= PARAMETERS; i++) {
                statement.setLong(i, role);
            }
            List<Hook> hooks = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    hooks.add(new Hook(rows.getString(1), rows.getString(2), rows.getString(3)));
                }
            }
            return hooks;
        }
    }
}
