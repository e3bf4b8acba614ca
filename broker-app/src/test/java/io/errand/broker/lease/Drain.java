package io.errand.broker.lease;

import io.errand.broker.task.Task;
import java.time.Duration;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Many leases that are due in the same second, and how late they were gone. */
final class Drain {

    private final JdbcClient jdbc;
    private final UUID task;

    Drain(JdbcClient jdbc, Task task) {
        this.jdbc = jdbc;
        this.task = task.id();
    }

    /** Active leases of the backend that costs nothing, due then, spread over one second. */
    void fill(int leases, Duration in) {
        jdbc.sql("""
                        INSERT INTO lease (id, task_id, agent, tool, actions, backend, binding, state, expires_at, due_at)
                        SELECT gen_random_uuid(), :task, 'drain', 'drain', '{read}', 'free',
                               '{"tool":"drain","actions":["read"],"config":{}}', 'active', due, due
                          FROM (SELECT now() + make_interval(secs => :in + n::float8 / :leases) AS due
                                  FROM generate_series(1, :leases) n) due
                        """)
                .param("task", task)
                .param("in", in.toMillis() / 1000.0)
                .param("leases", leases)
                .update();
        jdbc.sql("ANALYZE lease").update();
    }

    void untilDue() throws InterruptedException {
        double seconds = jdbc.sql(
                        "SELECT extract(epoch FROM min(due_at) - clock_timestamp()) FROM lease WHERE task_id = :task")
                .param("task", task)
                .query(Double.class)
                .single();
        if (seconds > 0) {
            new java.util.concurrent.CountDownLatch(1)
                    .await((long) (seconds * 1000), java.util.concurrent.TimeUnit.MILLISECONDS);
        }
    }

    /** @param perSecond from the first due time to the last revocation */
    record Figures(long revoked, long receipts, double p50, double p99, double longest, double perSecond) {}

    Figures figures() {
        return jdbc.sql("""
                        SELECT count(*) FILTER (WHERE state = 'revoked') AS revoked, count(receipt) AS receipts,
                               percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM revoked_at - expires_at)) AS p50,
                               percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM revoked_at - expires_at)) AS p99,
                               max(extract(epoch FROM revoked_at - expires_at)) AS longest,
                               count(*) / extract(epoch FROM max(revoked_at) - min(expires_at)) AS per_second
                          FROM lease WHERE task_id = :task
                        """)
                .param("task", task)
                .query((row, n) -> new Figures(
                        row.getLong("revoked"),
                        row.getLong("receipts"),
                        row.getDouble("p50"),
                        row.getDouble("p99"),
                        row.getDouble("longest"),
                        row.getDouble("per_second")))
                .single();
    }
}
