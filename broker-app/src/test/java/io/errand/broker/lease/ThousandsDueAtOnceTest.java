package io.errand.broker.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.lease.Drain.Figures;
import io.errand.broker.lease.removal.Destroyer;
import io.errand.broker.lease.removal.LeaseListener;
import io.errand.broker.lease.removal.LeasePoller;
import io.errand.broker.lease.removal.LeaseWorker;
import io.errand.broker.task.Task;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;

/** P8 at scale; {@link DrainBenchmark} is the same with 100,000 and figures. */
@LeaseTest
class ThousandsDueAtOnceTest {

    @Autowired
    private Ground ground;

    @Autowired
    private FreeBackend backend;

    @Autowired
    private LeaseQueue queue;

    @Autowired
    private Destroyer destroyer;

    @Autowired
    private LeaseProperties settings;

    @Autowired
    private JdbcConnectionDetails database;

    @Test
    void twoReplicasDrainFiveThousandAndDoNothingTwice() {
        Task task = ground.task("five-thousand");
        Drain drain = new Drain(ground.jdbc, task);
        long before = backend.destroyed.sum();
        drain.fill(5_000, Duration.ofSeconds(-1));
        var replicas = Stream.of(1, 2)
                .map(n -> new LeasePoller(
                        new LeaseWorker(queue, destroyer, settings), new LeaseListener(database, settings), settings))
                .toList();

        replicas.forEach(LeasePoller::start);
        try {
            assertThat(ground.leases.awaitGone(task.id(), Duration.ofSeconds(60)))
                    .isTrue();
        } finally {
            replicas.forEach(LeasePoller::stop);
        }

        Figures figures = drain.figures();
        assertThat(figures.revoked()).isEqualTo(5_000);
        assertThat(figures.receipts()).isEqualTo(5_000);
        assertThat(backend.destroyed.sum() - before).isEqualTo(5_000);
        assertThat(ground.jdbc
                        .sql("SELECT count(*) FROM audit_event WHERE task_id = :task AND kind = :kind")
                        .param("task", task.id())
                        .param("kind", "lease.revoked")
                        .query(Long.class)
                        .single())
                .isEqualTo(5_000);
    }
}
