package io.errand.migration;

import io.errand.testing.Postgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationVersion;

/** A database of its own, and the migrations as the service runs them. */
record Schema(Postgres server, String name) {

    /** What {@code pg_dump -s} would tell apart: columns, constraints, indexes, functions and triggers, but for the audit log's months. */
    private static final String OBJECTS = """
            SELECT 'column ' || c.relname || '.' || a.attnum || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
                   || CASE WHEN a.attnotnull THEN ' not null ' ELSE ' ' END || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
              FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
              LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname !~ 'audit_event_|flyway'
            UNION ALL
            SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || ' ' || convalidated
              FROM pg_constraint
             WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND conrelid::regclass::text !~ 'audit_event_|flyway'
            UNION ALL
            SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename !~ 'audit_event_|flyway'
            UNION ALL
            SELECT 'function ' || pg_get_functiondef(oid) || coalesce(proacl::text, '') FROM pg_proc
             WHERE pronamespace = 'public'::regnamespace
            UNION ALL
            SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL
            SELECT 'partitioned ' || partrelid::regclass || ' ' || pg_get_partkeydef(partrelid) FROM pg_partitioned_table
            ORDER BY 1
            """;

    static Schema empty() {
        String name = "schema_"
                + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        Postgres.shared().execute("postgres", "CREATE DATABASE " + name);
        return new Schema(Postgres.shared(), name);
    }

    /** As development versions of before the baseline left it. */
    static Schema ofDevelopment(List<Integer> versions) {
        Schema schema = empty();
        try (var chain = Schema.class.getResourceAsStream("development-chain.sql")) {
            schema.execute(new String(Objects.requireNonNull(chain).readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        schema.execute("""
                CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version varchar(50),
                    description varchar(200) NOT NULL, type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum int,
                    installed_by varchar(100) NOT NULL, installed_on timestamp NOT NULL DEFAULT now(), execution_time int NOT NULL,
                    success boolean NOT NULL)
                """);
        for (int version : versions) {
            schema.execute("INSERT INTO flyway_schema_history VALUES (" + version + ", '" + version + "', 'd', 'SQL', '"
                    + (version == 1 ? "V1__registries_tasks_leases_audit.sql" : "V" + version + "__d.sql")
                    + "', 1, 'postgres', now(), 1, true)");
        }
        return schema;
    }

    Schema migrated(String serviceLogin) {
        return migrated(serviceLogin, MigrationVersion.LATEST);
    }

    /** The migrations of a build that ended there. */
    Schema migratedUntil(String version) {
        return migrated("", MigrationVersion.fromVersion(version));
    }

    private Schema migrated(String serviceLogin, MigrationVersion last) {
        Flyway.configure()
                .configuration(Map.of("flyway.postgresql.transactional.lock", "false"))
                .dataSource(server.url(name), server.user(), server.password())
                .locations("classpath:db/migration")
                .placeholders(Map.of("service_login", serviceLogin))
                .target(last)
                .load()
                .migrate();
        return this;
    }

    void execute(String... statements) {
        server.execute(name, statements);
    }

    List<String> objects() {
        return rows(OBJECTS);
    }

    /** First columns. */
    List<String> rows(String sql) {
        try (Connection connection = server.connect(name);
                var rows = connection.createStatement().executeQuery(sql)) {
            List<String> found = new ArrayList<>();
            while (rows.next()) {
                found.add(rows.getString(1));
            }
            return found;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
