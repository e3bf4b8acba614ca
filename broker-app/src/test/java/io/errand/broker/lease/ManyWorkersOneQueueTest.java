package io.errand.broker.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.broker.lease.Leases.Opened;
import io.errand.broker.lease.removal.Destroyer;
import io.errand.broker.lease.removal.LeaseListener;
import io.errand.broker.lease.removal.LeasePoller;
import io.errand.broker.lease.removal.LeaseWorker;
import io.errand.broker.task.Scope;
import io.errand.broker.task.Task;
import io.errand.testing.Postgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;

/** P8: the row is the queue, and any replica works on it. */
@LeaseTest
class ManyWorkersOneQueueTest {

    @Autowired
    private Ground ground;

    @Autowired
    private CuedBackend backend;

    @Autowired
    private LeaseWorker worker;

    @Autowired
    private LeaseQueue queue;

    @Autowired
    private Destroyer destroyer;

    @Autowired
    private LeaseProperties settings;

    @Autowired
    private JdbcConnectionDetails database;

    @Test
    void twoWorkersNeverDestroyTheSameLeaseAtOnce() {
        Task task = ground.task("crowd");
        List<UUID> leases = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            leases.add(ground.live(task, Ground.cued("crowd")).id());
        }
        LeaseWorker second = new LeaseWorker(queue, destroyer, settings);

        ground.leases.revokeOf(Scope.task(task.id()), "test", "person:test");
        CompletableFuture<Integer> one = CompletableFuture.supplyAsync(worker::runOnce);
        CompletableFuture<Integer> two = CompletableFuture.supplyAsync(second::runOnce);

        assertThat(one.join() + two.join()).isGreaterThanOrEqualTo(60);
        assertThat(leases).allSatisfy(lease -> {
            assertThat(backend.destructionsOf(lease)).isEqualTo(1);
            assertThat(ground.state(lease)).isEqualTo("revoked");
        });
    }

    @Test
    void whatADeadWorkerHadClaimedComesBack() {
        Opened lease = ground.live(ground.task("claimed"), Ground.cued("claimed"));
        ground.leases.revoke(lease.id(), "test", "person:test");
        claimedFor(lease.id(), "1 minute");

        worker.runOnce();
        assertThat(ground.state(lease.id())).isEqualTo("revoking");
        claimedFor(lease.id(), "-1 second");
        worker.runOnce();

        assertThat(ground.state(lease.id())).isEqualTo("revoked");
    }

    @Test
    void aBackendThatHangsStarvesNobody() throws Exception {
        CountDownLatch up = new CountDownLatch(1);
        Task hanging = ground.task("hanging");
        backend.destroyOf("hanging", remains -> {
            awaitQuietly(up);
            return backend.remove(remains);
        });
        for (int i = 0; i < 2 * settings.concurrency(); i++) {
            ground.live(hanging, Ground.cued("hanging"));
        }
        Task clerk = ground.task("unhindered");
        ground.live(clerk, Ground.orders("orders-unhindered"));
        LeasePoller poller = poller();

        ground.leases.revokeOf(Scope.task(hanging.id()), "test", "person:test");
        ground.leases.revokeOf(Scope.task(clerk.id()), "test", "person:test");
        poller.start();
        try {
            assertThat(ground.leases.awaitGone(clerk.id(), Duration.ofSeconds(20)))
                    .isTrue();
            assertThat(ground.leases.awaitGone(hanging.id(), Duration.ZERO)).isFalse();
            up.countDown();
            assertThat(ground.leases.awaitGone(hanging.id(), Duration.ofSeconds(20)))
                    .isTrue();
        } finally {
            up.countDown();
            poller.stop();
        }
    }

    @Test
    void aLeaseOfABackendThatIsNotThereStaysAndSaysSo() {
        Opened lease = ground.live(ground.task("orphan"), Ground.cued("orphan"));
        ground.jdbc
                .sql("UPDATE lease SET backend = 'removed' WHERE id = :id")
                .param("id", lease.id())
                .update();

        ground.leases.revoke(lease.id(), "test", "person:test");
        worker.runOnce();

        assertThat(ground.state(lease.id())).isEqualTo("revoking");
        assertThat(ground.jdbc
                        .sql("SELECT last_error FROM lease WHERE id = :id")
                        .param("id", lease.id())
                        .query(String.class)
                        .single())
                .contains("no such backend");
    }

    @Test
    void theQueueIsHeardAtOnceAndReadWithoutAListenerToo() {
        // So slow that only a notification can be faster than the test's patience.
        LeaseProperties slow = new LeaseProperties(
                settings.pendingTimeout(), Duration.ofHours(1), settings.claimTimeout(), 3, 8, settings.worker());
        LeasePoller deaf = poller();
        LeasePoller hearing =
                new LeasePoller(new LeaseWorker(queue, destroyer, slow), new LeaseListener(database, settings), slow);
        Task heard = ground.task("heard");
        ground.live(heard, Ground.cued("heard"));
        hearing.start();
        try {
            await("the listener").atMost(Duration.ofSeconds(10)).until(() -> listeners() == 1);
            ground.leases.revokeOf(Scope.task(heard.id()), "test", "person:test");
            assertThat(ground.leases.awaitGone(heard.id(), Duration.ofSeconds(10)))
                    .isTrue();

            Postgres.shared()
                    .execute(
                            "postgres",
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                    + " WHERE application_name = 'errand-lease-listener'");
            await("a new listener").atMost(Duration.ofSeconds(10)).until(() -> listeners() == 1);
        } finally {
            hearing.stop();
        }

        Task polled = ground.task("polled");
        Opened lease = ground.live(polled, Ground.cued("polled"));
        deaf.start();
        try {
            ground.jdbc
                    .sql("UPDATE lease SET due_at = now() + interval '300 milliseconds' WHERE id = :id")
                    .param("id", lease.id())
                    .update();
            assertThat(ground.leases.awaitGone(polled.id(), Duration.ofSeconds(10)))
                    .isTrue();
        } finally {
            deaf.stop();
        }
        assertThat(deaf.isRunning()).isFalse();
    }

    @Test
    void aThousandLeasesDrain() {
        Task task = ground.task("thousand");
        ground.jdbc.sql("""
                        INSERT INTO lease (id, task_id, agent, tool, actions, backend, binding, state, expires_at, due_at)
                        SELECT gen_random_uuid(), :task, 'thousand', 'thousand', '{read}', 'cued',
                               '{"tool":"thousand","actions":["read"],"config":{}}', 'active',
                               now() - interval '1 second', now() - interval '1 second'
                          FROM generate_series(1, 1000)
                        """).param("task", task.id()).update();
        LeasePoller poller = poller();

        poller.start();
        try {
            assertThat(ground.leases.awaitGone(task.id(), Duration.ofSeconds(60)))
                    .isTrue();
        } finally {
            poller.stop();
        }
        assertThat(ground.leases.ofTask(task.id()))
                .hasSize(1000)
                .allSatisfy(lease -> assertThat(lease.receipt()).isNotNull());
    }

    private LeasePoller poller() {
        return new LeasePoller(
                new LeaseWorker(queue, destroyer, settings), new LeaseListener(database, settings), settings);
    }

    private long listeners() {
        return ground.jdbc.sql("""
                        SELECT count(*) FROM pg_stat_activity
                         WHERE application_name = 'errand-lease-listener' AND datname = current_database()
                           AND query LIKE 'LISTEN%'
                        """).query(Long.class).single();
    }

    private void claimedFor(UUID lease, String interval) {
        ground.jdbc
                .sql("UPDATE lease SET claimed_until = now() + :interval::interval WHERE id = :id")
                .param("interval", interval)
                .param("id", lease)
                .update();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
