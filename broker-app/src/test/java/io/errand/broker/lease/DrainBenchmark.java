package io.errand.broker.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.lease.Drain.Figures;
import io.errand.broker.lease.removal.Destroyer;
import io.errand.broker.lease.removal.LeaseListener;
import io.errand.broker.lease.removal.LeasePoller;
import io.errand.broker.lease.removal.LeaseWorker;
import io.errand.broker.task.Task;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;

/** Not among the tests by its name: {@code .ci/full} runs it. It prints figures, and fails only if memory grows. */
@LeaseTest
class DrainBenchmark {

    private static final int LEASES = Integer.getInteger("errand.drain.leases", 100_000);
    private static final long MEGABYTE = 1 << 20;

    @Autowired
    private Ground ground;

    @Autowired
    private LeaseQueue queue;

    @Autowired
    private Destroyer destroyer;

    @Autowired
    private LeaseProperties settings;

    @Autowired
    private JdbcConnectionDetails database;

    @Test
    void aHundredThousandLeasesDueInTheSameSecondDrainWithoutMemoryGrowth() throws Exception {
        drain(5_000, Duration.ofSeconds(-1)); // warm
        long before = heap();

        Figures figures = drain(LEASES, Duration.ofSeconds(30));

        long after = heap();
        System.out.printf(
                "drain: %d leases, %.0f a second, lateness p50 %.2f s, p99 %.2f s, longest %.2f s,"
                        + " heap %d MiB before, %d MiB after%n",
                figures.revoked(),
                figures.perSecond(),
                figures.p50(),
                figures.p99(),
                figures.longest(),
                before / MEGABYTE,
                after / MEGABYTE);
        assertThat(figures.revoked()).isEqualTo(LEASES);
        assertThat(figures.receipts()).isEqualTo(LEASES);
        assertThat(after - before).isLessThan(32 * MEGABYTE);
    }

    private Figures drain(int leases, Duration in) throws InterruptedException {
        Task task = ground.task("drain");
        Drain drain = new Drain(ground.jdbc, task);
        drain.fill(leases, in);
        LeasePoller poller = new LeasePoller(
                new LeaseWorker(queue, destroyer, settings), new LeaseListener(database, settings), settings);
        poller.start();
        try {
            drain.untilDue();
            assertThat(ground.leases.awaitGone(task.id(), Duration.ofMinutes(10)))
                    .isTrue();
        } finally {
            poller.stop();
        }
        return drain.figures();
    }

    private static long heap() {
        var memory = ManagementFactory.getMemoryMXBean();
        memory.gc();
        memory.gc();
        return memory.getHeapMemoryUsage().getUsed();
    }
}
