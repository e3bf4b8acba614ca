package io.errand.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.Postgres;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/** What the service may have taken away from the log, and nothing beyond. */
class AuditRetentionTest {

    /** In April 2022. */
    private static final String LATE = "01800000-0000-7000-8000-000000000000";

    private final String login =
            "service_" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());

    @Test
    void monthsThatAreOverGoWhenEachEventHasItsPlace() {
        Schema schema = letIn();
        Postgres service = service(schema);
        service.execute(schema.name(), event(LATE), "SELECT audit_months_ahead()");
        service.execute(schema.name(), "SELECT audit_drop_months()");
        assertThat(schema.rows("SELECT id FROM audit_event")).containsExactly(LATE);

        service.execute(schema.name(), "INSERT INTO audit_retention (months) VALUES (3)", "SELECT audit_drop_months()");
        assertThat(schema.rows("SELECT id FROM audit_event"))
                .as("it has no place")
                .containsExactly(LATE);

        service.execute(schema.name(), "DELETE FROM audit_queue");
        assertThat(new Schema(service, schema.name()).rows("SELECT audit_drop_months()"))
                .containsExactly("2022_04");
        assertThat(schema.rows("SELECT id FROM audit_event")).isEmpty();
        assertThat(schema.rows("SELECT count(*) FROM pg_partition_tree('audit_event') WHERE level = 1"))
                .containsExactly("5");
    }

    @Test
    void textIsReplacedByItsDigestAndItsSaltForgotten() {
        Schema schema = letIn();
        Postgres service = service(schema);
        service.execute(
                schema.name(),
                "INSERT INTO audit_event (id, at, kind, details) VALUES ('" + LATE + "', now(), 'test',"
                        + " '{\"purpose\": \"Call Ms. Smith\", \"a/b\": [{\"comment\": \"Done\"}], \"tool\": \"x\"}')",
                "INSERT INTO audit_leaf (event_id, log, place, salts) VALUES ('" + LATE + "', 1, 0,"
                        + " '{\"/details/purpose\": \"00112233445566778899aabbccddeeff\","
                        + " \"/details/a~1b/0/comment\": \"00112233445566778899aabbccddeeff\"}')",
                "INSERT INTO audit_erasure VALUES ('" + LATE + "')");

        assertThat(new Schema(service, schema.name()).rows("SELECT audit_erase()"))
                .containsExactly("1");

        assertThat(schema.rows("SELECT details ->> 'purpose', details -> 'a/b' #>> '{0,comment,salted_sha256}',"
                        + " details ->> 'tool' FROM audit_event"))
                .singleElement()
                .asString()
                .doesNotContain("Smith")
                .contains("salted_sha256");
        assertThat(schema.rows("SELECT count(*) FROM audit_leaf WHERE salts IS NULL"))
                .containsExactly("1");
        assertThat(schema.rows("SELECT details #>> '{purpose,salted_sha256}' = encode(sha256(decode("
                        + "'00112233445566778899aabbccddeeff', 'hex') || convert_to('Call Ms. Smith', 'UTF8')), 'hex')"
                        + " FROM audit_event"))
                .containsExactly("t");
        assertThat(new Schema(service, schema.name()).rows("SELECT audit_erase()"))
                .containsExactly("0");
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
