package io.errand.broker.shared.doctor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The service's own PostgreSQL: whether it answers, how fast, and whether the login is as small as it can be. */
@Component
class DatabaseDiagnostic implements Diagnostic {

    private static final int OLDEST = 150_000;
    private static final Duration SLOW = Duration.ofMillis(50);

    private final JdbcClient jdbc;

    DatabaseDiagnostic(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public String area() {
        return "database";
    }

    @Override
    public List<Part> parts() {
        return List.of(new Part("server", this::server), new Part("login", this::login));
    }

    private record Server(int number, String version, boolean readOnly) {}

    private List<Result> server() {
        Server server = jdbc.sql("""
                        SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version,
                               pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool AS read_only
                        """)
                .query((row, n) ->
                        new Server(row.getInt("number"), row.getString("version"), row.getBoolean("read_only")))
                .single();
        // The second question: the first may have opened a connection.
        long begun = System.nanoTime();
        jdbc.sql("SELECT 1").query(Integer.class).single();
        Duration took = Duration.ofNanos(System.nanoTime() - begun);
        List<Result> results = new ArrayList<>();
        if (server.readOnly) {
            results.add(
                    Result.error(
                            "only reads: it is a standby, or default_transaction_read_only is on",
                            "Point spring.datasource.url at the primary (several hosts with targetServerType=primary follow a failover)."));
        }
        if (server.number < OLDEST) {
            results.add(Result.error(
                    "is PostgreSQL " + server.version + "; 15 and newer are supported", "Upgrade the server."));
        }
        String what = "PostgreSQL " + server.version + " answers in " + took.toMillis() + " ms";
        results.add(
                took.compareTo(SLOW) > 0
                        ? Result.warning(
                                what,
                                "An exchange asks it three to five times: run the service near it, and look at its load.")
                        : Result.ok(what));
        return results;
    }

    private record Login(String name, boolean superuser, boolean owner, boolean changes) {}

    private List<Result> login() {
        Login login = jdbc.sql("""
                        SELECT current_user AS name, rolsuper,
                               (SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class
                                 WHERE oid = 'audit_event'::regclass) AS owner,
                               has_table_privilege('audit_event', 'UPDATE, DELETE, TRUNCATE') AS changes
                          FROM pg_roles WHERE rolname = current_user
                        """)
                .query((row, n) -> new Login(
                        row.getString("name"),
                        row.getBoolean("rolsuper"),
                        row.getBoolean("owner"),
                        row.getBoolean("changes")))
                .single();
        if (login.superuser) {
            return List.of(
                    Result.warning(
                            login.name + " is a superuser",
                            "Give the service a login of its own that owns nothing, and let another one migrate (docs/deploy.md)."));
        }
        if (login.owner || login.changes) {
            return List.of(Result.warning(
                    login.name + (login.owner ? " owns" : " may change") + " the audit log",
                    "Migrate with another login, and name this one in spring.flyway.placeholders.service_login"
                            + " (docs/adr/0011-migrations-are-a-choice.md)."));
        }
        return List.of(Result.ok(login.name + " is no superuser and cannot change the audit log"));
    }
}
