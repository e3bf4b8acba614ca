package io.errand.broker.credential.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.credential.Destruction;
import io.errand.broker.shared.Ids;
import io.errand.testing.OwnServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An agent that may create in a schema on the server's default search_path puts functions and operators there that fit the
 * broker's statements better than PostgreSQL's own. The broker runs none of them.
 */
class NothingOfAnAgentsRunsAsTheBrokerTest {

    /** Each fits a call of the broker's at least as well as what {@code pg_catalog} has. */
    private static final List<String> BETTER_MATCHES = List.of(
            "FUNCTION pg_terminate_backend(int) RETURNS boolean",
            "FUNCTION pg_terminate_backend(int, int) RETURNS boolean",
            "FUNCTION starts_with(text, varchar) RETURNS boolean",
            "FUNCTION shobj_description(oid, text) RETURNS text",
            "FUNCTION shobj_description(oid, name) RETURNS text",
            "FUNCTION pg_has_role(oid, oid, text) RETURNS boolean",
            "FUNCTION has_database_privilege(oid, name, text) RETURNS boolean",
            "FUNCTION has_schema_privilege(oid, oid, text) RETURNS boolean",
            "FUNCTION current_setting(text) RETURNS text",
            "FUNCTION current_database() RETURNS name",
            "FUNCTION clock_timestamp() RETURNS timestamptz",
            "FUNCTION pg_current_wal_flush_lsn() RETURNS pg_lsn");

    private static final List<List<String>> BETTER_OPERATORS = List.of(
            List.of("=", "oid", "bigint"),
            List.of("=", "name", "varchar"),
            List.of("=", "name", "name"),
            List.of("~~", "name", "name"),
            List.of("~~", "name", "text"),
            List.of(">", "bigint", "integer"));

    @ParameterizedTest
    @EnumSource
    void noFunctionOrOperatorOfAnAgentIsRun(OwnServer.Version version) throws Exception {
        try (DocumentedTarget target = new DocumentedTarget(version)) {
            target.use(target.settings().accepting("set_role"));
            target.execute(
                    "CREATE TABLE ran (who text DEFAULT current_user, what text)",
                    "GRANT INSERT ON ran TO PUBLIC",
                    "GRANT CREATE ON SCHEMA public TO orders_writer");
            UUID resisting = Ids.next();
            Map<String, Object> credential = target.issue(resisting, List.of("write"));
            try (Connection agent = target.connect(credential)) {
                setTraps(agent);
                // The schema of the agents comes before PostgreSQL's own.
                target.execute(
                        "ALTER DATABASE orders SET search_path = public, pg_catalog",
                        "ALTER ROLE errand_broker SET search_path = public, pg_catalog");
                theTrapsWork(target);
                target.use(target.settings().accepting("set_role"));

                assertThat(target.backend.check(DocumentedTarget.binding())).isEmpty();
                target.check("orders_reader", "orders_writer");
                target.backend.list();
                UUID next = Ids.next();
                target.issue(next, List.of("read"));
                assertThat(target.destroy(next)).isInstanceOf(Destruction.Gone.class);
                assertThat(target.destroy(resisting)).isInstanceOf(Destruction.Gone.class);
            }

            assertThat(target.text("SELECT string_agg(DISTINCT who || ' ran ' || what, ', ') FROM public.ran"))
                    .isEqualTo("null");
        }
    }

    private static void setTraps(Connection agent) throws Exception {
        try (var sql = agent.createStatement()) {
            for (String function : BETTER_MATCHES) {
                sql.execute("CREATE " + function + " LANGUAGE plpgsql AS $$BEGIN INSERT INTO public.ran(what) VALUES ('"
                        + function + "'); RETURN NULL; END$$");
            }
            int number = 0;
            for (List<String> operator : BETTER_OPERATORS) {
                String function = "trap_" + number++;
                sql.execute("CREATE FUNCTION " + function + "(" + operator.get(1) + ", " + operator.get(2)
                        + ") RETURNS boolean LANGUAGE plpgsql AS $$BEGIN INSERT INTO public.ran(what) VALUES ('"
                        + String.join(" ", operator) + "'); RETURN NULL; END$$");
                sql.execute("CREATE OPERATOR public." + operator.get(0) + " (FUNCTION = " + function + ", LEFTARG = "
                        + operator.get(1) + ", RIGHTARG = " + operator.get(2) + ")");
            }
        }
    }

    /** On a connection as any other client would make it, they run with the broker's rights. */
    private static void theTrapsWork(DocumentedTarget target) throws Exception {
        try (Connection unguarded = DriverManager.getConnection(
                        target.server.url(DocumentedTarget.DATABASE), "errand_broker", "choose-another");
                var sql = unguarded.createStatement()) {
            sql.execute("SELECT pg_terminate_backend(0, 250)");
        }
        assertThat(target.text("SELECT who FROM public.ran WHERE what LIKE '%pg_terminate_backend(int, int)%'"))
                .isEqualTo("errand_broker");
        target.execute("TRUNCATE public.ran");
    }
}
