package io.errand.broker.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** Reports about an agent read its own events, newest first, and nobody else's. */
@BrokerTest
class AgentsEventsAreReadByIndexTest {

    private final DataSource database;

    AgentsEventsAreReadByIndexTest(@Autowired DataSource database) {
        this.database = database;
    }

    @Test
    void inTheOrderOfTime() throws SQLException {
        StringBuilder plan = new StringBuilder();
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            // Cheaper only as long as there is next to nothing.
            statement.execute("SET LOCAL enable_seqscan = off");
            statement.execute("SET LOCAL enable_sort = off");
            try (ResultSet rows = statement.executeQuery("EXPLAIN "
                    + PastDecisions.OF_AN_AGENT
                            .replace(":agent", "'a'")
                            .replace(":first", "'01a00000-0000-0000-0000-000000000000'::uuid")
                            .replace(":since", "now()")
                            .replace(":most", "1000"))) {
                while (rows.next()) {
                    plan.append(rows.getString(1)).append('\n');
                }
            }
            connection.rollback();
        }

        assertThat(plan.toString()).contains("agent_id_idx").doesNotContain("Seq Scan", "->  Sort");
    }
}
