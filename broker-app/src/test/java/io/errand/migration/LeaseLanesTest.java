package io.errand.migration;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The index of live leases is replaced while leases are made, and after an attempt that was cut off. */
class LeaseLanesTest {

    private static final String BEFORE = "2026.11.30.1";

    private static final String INDEXES = """
            SELECT indexrelid::regclass || ' ' || indisvalid || ' ' || pg_get_indexdef(indexrelid) FROM pg_index
             WHERE indrelid = 'lease'::regclass AND indexrelid::regclass::text LIKE 'lease%lane' ORDER BY 1
            """;

    private final Schema schema = Schema.empty().migratedUntil(BEFORE);

    @Test
    void leasesAreMadeMeanwhile() throws Exception {
        try (Connection maker = schema.server().connect(schema.name())) {
            maker.setAutoCommit(false);
            lease(maker);
            CompletableFuture<Schema> migration = CompletableFuture.supplyAsync(() -> schema.migrated(""));
            Awaitility.await("the migration waits for who writes")
                    .until(() -> !schema.rows("""
                                    SELECT 1 FROM pg_stat_progress_create_index
                                     WHERE datname = current_database() AND phase LIKE 'waiting for writers%'
                                    """).isEmpty());

            try (Connection other = schema.server().connect(schema.name())) {
                other.createStatement().execute("SET statement_timeout = '5s'");
                lease(other);
            }
            maker.commit();
            migration.get(60, TimeUnit.SECONDS);
        }

        assertThat(schema.rows("SELECT count(*) FROM lease")).containsExactly("2");
        assertThat(schema.rows(INDEXES)).singleElement().asString().startsWith("lease_lane true");
    }

    @Test
    void whatAnAttemptLeftIsMadeAnew() {
        schema.execute("CREATE INDEX lease_lane ON lease (backend)");

        schema.migrated("");

        assertThat(schema.rows(INDEXES))
                .isEqualTo(Schema.empty().migrated("").rows(INDEXES))
                .hasSize(1);
    }

    private static void lease(Connection connection) throws java.sql.SQLException {
        UUID id = UUID.randomUUID();
        connection.createStatement().execute("""
                INSERT INTO task (id, root_id, depth, agent_id, agent, subject, type, purpose, declaration, ceiling, token_id, state,
                                  expires_at, owner, issuer)
                VALUES ('%1$s', '%1$s', 0, '%1$s', 'a', 'agent:a', 't', 'p', '{}', '[]', '%1$s', 'active', now(), 'o', 'i');
                INSERT INTO lease (id, task_id, agent, tool, actions, backend, binding, state, expires_at, due_at)
                VALUES ('%1$s', '%1$s', 'a', 't', '{read}', 'jwt', '{}', 'active', now(), now())
                """.formatted(id));
    }
}
