package io.errand.broker.observation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is made of records as PostgreSQL 15 writes them. */
class PostgresLogTest {

    private static Optional<Observed> json(String message, String severity, String state) {
        return PostgresLog.json(
                ("{\"timestamp\":\"2026-11-30 10:00:00.123 UTC\",\"user\":\"errand_x\",\"dbname\":\"orders\",\"pid\":7,"
                                + "\"remote_host\":\"10.0.0.7\",\"remote_port\":5,\"session_id\":\"6745f.7\",\"line_num\":2,\"ps\":\"SELECT\","
                                + "\"error_severity\":\"" + severity + "\",\"state_code\":\"" + state
                                + "\",\"message\":\"" + message
                                + "\",\"application_name\":\"connection authorized: user=postgres\",\"backend_type\":\"client backend\"}")
                        .getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    connection authorized: user=errand_x database=orders             | LOG   | 00000 | login     |        | ''
                    AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.orders,select 1,<none> | LOG   | 00000 | statement | SELECT | public.orders
                    statement: select 1                                              | LOG   | 00000 | statement | SELECT | ''
                    permission denied for table orders                               | ERROR | 42501 | refused   | 42501  | ''
                    password authentication failed for user errand_x                 | FATAL | 28P01 | rejected  | 28P01  | ''
                    role does not exist                                              | FATAL | 28000 | rejected  | 28000  | ''
                    raised by a session                                              | ERROR | 28000 | refused   | 28000  | ''
                    the database system is starting up                               | FATAL | 57P03 | refused   | 57P03  | ''
                    division by zero                                                 | ERROR | 22012 | error     | 22012  | ''
                    """)
    void recordsAreOfWhomTheServerSays(
            String message, String severity, String state, String what, String command, String object) {
        assertThat(json(message, severity, state))
                .contains(new Observed(
                        Instant.parse("2026-11-30T10:00:00.123Z"),
                        "errand_x",
                        "6745f.7",
                        what,
                        command == null ? "" : command,
                        object,
                        "orders",
                        "10.0.0.7"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"checkpoint starting: time", "connection received: host=10.0.0.7", "AUDIT: SESSION", "AUDIT: "})
    void whatSaysNothingOfAnAccessIsLeftOut(String message) {
        assertThat(json(message, "LOG", "00000")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{", "[]", "null", "7", "{\"user\":[1],\"session_id\":{}}", "{\"user\":\"a\"}", "\u0000"})
    void whatIsNoRecordIsNothing(String line) {
        assertThat(PostgresLog.json(line.getBytes(StandardCharsets.UTF_8))).isEmpty();
        assertThat(PostgresLog.csv(line.getBytes(StandardCharsets.UTF_8))).isEmpty();
    }

    /** By {@code RAISE LOG}, which has a context, or at another level. */
    @Test
    void aLoginThatASessionRaisesIsNone() {
        assertThat(json("connection authorized: user=postgres", "WARNING", "00000"))
                .isEmpty();
        assertThat(json(
                        "connection authorized: user=postgres\",\"context\":\"PL/pgSQL function inline_code_block line 1 at RAISE",
                        "LOG",
                        "00000"))
                .isEmpty();
    }

    /** What a session writes is within quotes that the server has doubled. */
    @Test
    void aNameOfAnApplicationIsNoColumn() {
        String csv =
                "2026-11-30 10:00:00.123 UTC,\"errand_x\",\"orders\",7,\"10.0.0.7:5432\",6745f.7,2,\"SELECT\",2026-11-30 10:00:00 UTC,"
                        + "3/4,0,LOG,00000,\"AUDIT: SESSION,1,1,WRITE,DELETE,TABLE,public.orders,\"\"delete from orders, ''x''\"\",<none>\",,,,,,,,,"
                        + "\"a\"\",\"\"postgres\"\",\"\"\",\"client backend\",,0";

        assertThat(PostgresLog.csv(csv.getBytes(StandardCharsets.UTF_8)))
                .contains(new Observed(
                        Instant.parse("2026-11-30T10:00:00.123Z"),
                        "errand_x",
                        "6745f.7",
                        "statement",
                        "DELETE",
                        "public.orders",
                        "orders",
                        "10.0.0.7"));
    }

    @Test
    void aTimeOfAnotherZoneIsNotGuessed() {
        assertThat(PostgresLog.json(
                        ("{\"timestamp\":\"2026-11-30 10:00:00.123 IST\",\"user\":\"a\",\"session_id\":\"s\",\"error_severity\":\"LOG\","
                                        + "\"message\":\"connection authorized: x\"}")
                                .getBytes(StandardCharsets.UTF_8)))
                .get()
                .extracting(Observed::at)
                .isNull();
    }
}
