package io.errand.migration;

import io.errand.testing.BrokerTest;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The service makes the months of the audit log ahead, by itself. */
@BrokerTest
class AuditMonthsJobTest {

    @Autowired
    private JdbcClient jdbc;

    @Test
    void isRunByOneReplica() {
        Awaitility.await("a run").until(() -> jdbc.sql("""
                                SELECT count(*) FROM scheduled_tasks
                                 WHERE task_name = 'errand-audit-months' AND last_success IS NOT NULL
                                """).query(Integer.class).single() == 1);
    }
}
