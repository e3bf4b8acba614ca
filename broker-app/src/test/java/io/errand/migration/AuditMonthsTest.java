package io.errand.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.testing.Postgres;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The audit log is kept by month, loses nothing where no month was made, and its past is closed to the service. */
class AuditMonthsTest {

    /** In April 2022. */
    private static final String LATE = "01800000-0000-7000-8000-000000000000";

    private static final String FAR_AHEAD = "0fffffff-0000-7000-8000-000000000000";

    private final String login =
            "service_" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());

    @Test
    void monthsAreThereBeforeTheyBegin() {
        Schema schema = Schema.empty().migrated("");

        assertThat(
                        schema.rows(
                                "SELECT relid::regclass::text FROM pg_partition_tree('audit_event') WHERE level > 0 ORDER BY 1"))
                .containsExactlyElementsOf(schema.rows("""
                        SELECT to_char(now() AT TIME ZONE 'UTC' + make_interval(months => n), '"audit_event_"YYYY_MM')
                          FROM generate_series(0, 3) AS n
                        UNION SELECT 'audit_event_default' ORDER BY 1
                        """));
        schema.execute(event(io.errand.broker.shared.Ids.next().toString()));
        assertThat(schema.rows("SELECT count(*) FROM audit_event_default")).containsExactly("0");
    }

    @Test
    void whatFoundNoMonthIsKeptAndMovedToIts() {
        Schema schema = Schema.empty().migrated("");
        schema.execute(event(LATE), event(FAR_AHEAD));

        assertThat(schema.rows("SELECT audit_months_ahead()")).containsExactly("1");

        assertThat(schema.rows("SELECT id FROM audit_event ORDER BY id")).containsExactly(LATE, FAR_AHEAD);
        assertThat(schema.rows("SELECT id FROM audit_event_2022_04")).containsExactly(LATE);
        assertThat(schema.rows("SELECT id FROM audit_event_default")).containsExactly(FAR_AHEAD);
        assertThat(schema.rows("SELECT audit_months_ahead()")).containsExactly("0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE %s SET who = 'x'",
                "DELETE FROM %s",
                "TRUNCATE %s",
                "DROP TABLE %s",
                "ALTER TABLE %s DISABLE TRIGGER ALL"
            })
    void theServiceCannotChangeWhatStandsInIt(String statement) {
        Schema schema = letIn();
        Postgres service = service(schema);
        service.execute(schema.name(), event(LATE), "SELECT audit_months_ahead()");

        for (String table : List.of("audit_event", "audit_event_2022_04", "audit_event_default")) {
            assertThatThrownBy(() -> service.execute(schema.name(), statement.formatted(table)))
                    .as(table)
                    .cause()
                    .isInstanceOf(SQLException.class)
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("42501");
        }
        assertThat(new Schema(service, schema.name()).rows("SELECT id FROM audit_event"))
                .containsExactly(LATE);
    }

    /** The owner's function finds nothing that the service could put in its way. */
    @Test
    void theFunctionOfTheOwnerTakesNothingFromItsCaller() {
        Schema schema = letIn();
        Postgres service = service(schema);

        try (var connection = service.connect(schema.name());
                var statement = connection.createStatement()) {
            statement.execute("CREATE TEMPORARY TABLE audit_event_default (id uuid)");
            statement.execute("INSERT INTO audit_event_default VALUES ('" + LATE + "')");
            statement.execute("SET search_path = pg_temp, public");
            try (var made = statement.executeQuery("SELECT public.audit_months_ahead()")) {
                made.next();
                assertThat(made.getInt(1)).isZero();
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
        assertThat(schema.rows("SELECT has_function_privilege('public', 'audit_months_ahead()', 'EXECUTE')"))
                .containsExactly("f");
    }

    private Schema letIn() {
        Schema schema = Schema.empty();
        schema.execute("CREATE ROLE " + login + " LOGIN PASSWORD 'of-the-service'");
        return schema.migrated(login);
    }

    private Postgres service(Schema schema) {
        Postgres server = schema.server();
        return new Postgres(server.host(), server.port(), login, "of-the-service");
    }

    private static String event(String id) {
        return "INSERT INTO audit_event (id, at, kind, details) VALUES ('" + id + "', now(), 'test', '{}')";
    }
}
