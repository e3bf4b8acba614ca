package io.errand.broker.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** A million live leases are counted without reading them: all that the metrics ask stands in an index. */
@LeaseTest
class LiveLeasesAreCountedByIndexTest {

    @Autowired
    private DataSource database;

    /** In a table of its own that has the same indexes, since what the planner does follows from what is in it. */
    @Test
    void andNothingElse() throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TEMPORARY TABLE lease (LIKE public.lease INCLUDING ALL)");
            try {
                statement.execute("""
                        INSERT INTO lease (id, task_id, agent, tool, actions, backend, target, binding, state, reference,
                                           expires_at, due_at, details)
                        SELECT gen_random_uuid(), gen_random_uuid(), 'agent-' || n % 100, 'tool', '{read}', 'jwt', '',
                               jsonb_build_object('config', repeat('b', 500)), 'active',
                               'r', now() + n * interval '1 second', now() + n * interval '1 second', '{}'
                          FROM generate_series(1, 20000) AS n
                        """);
                statement.execute("VACUUM ANALYZE lease");

                assertThat(plan(statement)).contains("Index Only Scan using lease_backend_target_due_at_");
            } finally {
                statement.execute("DROP TABLE pg_temp.lease");
            }
        }
    }

    private static String plan(Statement statement) throws SQLException {
        StringBuilder plan = new StringBuilder();
        try (ResultSet rows = statement.executeQuery("EXPLAIN " + LeaseMetrics.LIVE_LEASES)) {
            while (rows.next()) {
                plan.append(rows.getString(1)).append('\n');
            }
        }
        return plan.toString();
    }
}
