package io.errand.broker.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.credential.Destruction;
import io.errand.broker.lease.Leases.Opened;
import io.errand.broker.lease.removal.Circuit;
import io.errand.broker.lease.removal.Destroyer;
import io.errand.broker.lease.removal.LeaseWorker;
import io.errand.broker.task.Scope;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** Targets are lanes: each has its own cap and its own circuit. */
@LeaseTest
class OneDeadTargetDelaysNoOtherTest {

    @Autowired
    private Ground ground;

    @Autowired
    private CuedBackend backend;

    @Autowired
    private LeaseQueue queue;

    @Autowired
    private Destroyer destroyer;

    @Autowired
    private LeaseProperties settings;

    @Test
    void aDeadTargetIsLeftAloneAndItsLeasesAreNotCountedAsTried() {
        Task dead = ground.task("at-the-dead");
        Task well = ground.task("at-the-well");
        backend.destroyOf("dead", remains -> new Destruction.Retry("connection refused", null, true));
        List<Opened> left = live(dead, at("dead", "dead-target"), 60);
        List<Opened> others = live(well, at("well", "well-target"), 60);
        ground.leases.revokeOf(Scope.task(dead.id()), "test", "person:test");
        ground.leases.revokeOf(Scope.task(well.id()), "test", "person:test");
        LeaseWorker worker = new LeaseWorker(queue, destroyer, settings);

        worker.runOnce();

        assertThat(others)
                .allSatisfy(lease -> assertThat(ground.state(lease.id())).isEqualTo("revoked"));
        assertThat(left)
                .allSatisfy(lease -> assertThat(ground.state(lease.id())).isEqualTo("revoking"));
        assertThat(left.stream()
                        .mapToInt(lease -> backend.destructionsOf(lease.id()))
                        .sum())
                .isBetween(Circuit.FAILURES, Circuit.FAILURES + settings.concurrency());
        assertThat(ground.jdbc
                        .sql(
                                "SELECT count(*) FROM lease WHERE task_id = :task AND attempts = 0 AND claimed_until IS NULL")
                        .param("task", dead.id())
                        .query(Integer.class)
                        .single())
                .isGreaterThanOrEqualTo(60 - Circuit.FAILURES - settings.concurrency());

        backend.destroyAsUsual("dead");
        left.forEach(lease -> ground.makeDue(lease.id()));
        new LeaseWorker(queue, destroyer, settings).runOnce();
        assertThat(left)
                .allSatisfy(lease -> assertThat(ground.state(lease.id())).isEqualTo("revoked"));
    }

    @Test
    void aTargetThatSaysRetryAfterIsLeftAloneUntilThen() {
        Task task = ground.task("told-to-wait");
        backend.destroyOf("busy", remains -> new Destruction.Retry("429", Duration.ofHours(1), true));
        Opened first = live(task, at("busy", "busy-target"), 1).getFirst();
        ground.leases.revoke(first.id(), "test", "person:test");
        LeaseWorker worker = new LeaseWorker(queue, destroyer, settings);
        worker.runOnce();

        Opened second = live(task, at("busy", "busy-target"), 1).getFirst();
        ground.leases.revoke(second.id(), "test", "person:test");
        worker.runOnce();

        assertThat(backend.destructionsOf(first.id())).isEqualTo(1);
        assertThat(backend.destructionsOf(second.id())).isZero();
        assertThat(ground.jdbc
                        .sql("SELECT due_at > now() + interval '59 minutes' FROM lease WHERE id = :id")
                        .param("id", first.id())
                        .query(Boolean.class)
                        .single())
                .isTrue();
        backend.destroyAsUsual("busy");
    }

    @Test
    void oneLeaseThatDoesNotGoIsNoReasonToLeaveItsTargetAlone() {
        Task task = ground.task("stubborn");
        backend.destroyOf("stubborn", remains -> new Destruction.Retry("owns objects", null));
        List<Opened> stubborn = live(task, at("stubborn", "shared-target"), 12);
        ground.leases.revokeOf(Scope.task(task.id()), "test", "person:test");
        LeaseWorker worker = new LeaseWorker(queue, destroyer, settings);
        worker.runOnce();

        Opened other = live(ground.task("neighbour"), at("neighbour", "shared-target"), 1)
                .getFirst();
        ground.leases.revoke(other.id(), "test", "person:test");
        worker.runOnce();

        assertThat(ground.state(other.id())).isEqualTo("revoked");
        assertThat(stubborn)
                .allSatisfy(
                        lease -> assertThat(backend.destructionsOf(lease.id())).isEqualTo(1));
        backend.destroyAsUsual("stubborn");
    }

    @Test
    void aCircuitOpensIsProbedByOneAndRestsLongerEachTime() {
        AtomicLong now = new AtomicLong();
        Circuit circuit = new Circuit(now::get);
        for (int i = 1; i < Circuit.FAILURES; i++) {
            assertThat(circuit.failed(null)).isNull();
        }
        assertThat(circuit.admits(8, false)).isEqualTo(8);

        Duration first = circuit.failed(null);
        assertThat(first).isBetween(Circuit.FIRST.dividedBy(2), Circuit.FIRST);
        assertThat(circuit.admits(8, true)).isZero();
        assertThat(circuit.failed(null)).as("a straggler").isNull();

        List<Duration> rests = new ArrayList<>();
        IntStream.range(0, 12).forEach(n -> {
            now.addAndGet(circuit.waits().toNanos());
            assertThat(circuit.admits(8, false)).as("one is under way").isZero();
            assertThat(circuit.admits(8, true)).isEqualTo(1);
            rests.add(java.util.Objects.requireNonNull(circuit.failed(null)));
        });
        assertThat(rests.getLast()).isBetween(Circuit.LONGEST.dividedBy(2), Circuit.LONGEST);

        now.addAndGet(circuit.waits().toNanos());
        assertThat(circuit.answered()).isTrue();
        assertThat(circuit.admits(8, false)).isEqualTo(8);
        assertThat(circuit.failed(Duration.ofSeconds(90))).isEqualTo(Duration.ofSeconds(90));
    }

    private List<Opened> live(Task task, Tool tool, int leases) {
        return IntStream.range(0, leases).mapToObj(n -> ground.live(task, tool)).toList();
    }

    private static Tool at(String name, String target) {
        return Ground.tool(name, "cued", Set.of("read"), Map.of("target", target));
    }
}
