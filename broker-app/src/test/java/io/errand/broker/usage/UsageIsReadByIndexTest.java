package io.errand.broker.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** What an agent used among a million tasks is found by indexes: a report costs what the agent did, and not what all did. */
@BrokerTest
class UsageIsReadByIndexTest {

    private final DataSource database;

    UsageIsReadByIndexTest(@Autowired DataSource database) {
        this.database = database;
    }

    @Test
    void anAgentsTasksAndWhatHangsOnThem() throws SQLException {
        assertThat(plan(UsageTables.GRANTED))
                .contains("task_agent", "lease_task")
                .doesNotContain("Seq Scan");
        assertThat(plan(UsageTables.HANDED_ON))
                .contains("task_agent", "delegation_task")
                .doesNotContain("Seq Scan");
        assertThat(plan(UsageTables.DECIDED))
                .contains("task_agent", "decision_task")
                .doesNotContain("Seq Scan");
        assertThat(plan(UsageTables.OBSERVED))
                .contains("task_agent", "lease_task", "observation_lease")
                .doesNotContain("Seq Scan");
    }

    @Test
    void theNewestOfEachAgentAndTool() throws SQLException {
        assertThat(plan(UnusedTables.AGENTS)).contains("Index Only Scan Backward using task_agent");
        assertThat(plan(UnusedTables.TOOLS)).contains("Index Scan Backward using lease_of_tool");
    }

    /** Without what is cheaper only as long as a table is nearly empty. */
    private String plan(String sql) throws SQLException {
        String asked = sql.replace(":agent", "'a'")
                .replace(":id", "'00000000-0000-0000-0000-000000000000'::uuid")
                .replace(":first", "'00000000-0000-0000-0000-000000000000'::uuid")
                .replace(":since", "now()")
                .replaceAll(":(most|rows)", "1000");
        StringBuilder plan = new StringBuilder();
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String off : new String[] {"seqscan", "bitmapscan", "hashjoin", "mergejoin"}) {
                statement.execute("SET LOCAL enable_" + off + " = off");
            }
            try (ResultSet rows = statement.executeQuery("EXPLAIN " + asked)) {
                while (rows.next()) {
                    plan.append(rows.getString(1)).append('\n');
                }
            }
            connection.rollback();
        }
        return plan.toString();
    }
}
