package io.errand.broker.lease.removal;

import io.errand.broker.lease.Lease;
import io.errand.broker.lease.LeaseProperties;
import io.errand.broker.lease.LeaseQueue;
import io.errand.broker.lease.LeaseQueue.Due;
import io.errand.broker.lease.removal.Destroyer.Next;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Claims what is due and hands it to virtual threads, for each target no more at once than it may have. */
@Component
public class LeaseWorker {

    private static final Logger LOG = LoggerFactory.getLogger(LeaseWorker.class);

    private final LeaseQueue queue;
    private final Destroyer destroyer;
    private final LeaseProperties settings;
    private final Map<Name, Lane> lanes = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    public LeaseWorker(LeaseQueue queue, Destroyer destroyer, LeaseProperties settings) {
        this.queue = queue;
        this.destroyer = destroyer;
        this.settings = settings;
    }

    private record Name(String backend, String target) {}

    /**
     * What came of looking at the queue once.
     *
     * @param work what was claimed
     * @param rest how long until something is due that there is room for; never more than the poll interval
     */
    public record Round(List<CompletableFuture<Void>> work, Duration rest) {}

    /** Works until nothing is due any more; answers how many leases were worked on. For tests and single runs. */
    public int runOnce() {
        int all = 0;
        while (true) {
            List<CompletableFuture<Void>> batch = dispatch(() -> {}).work();
            if (batch.isEmpty()) {
                return all;
            }
            batch.forEach(CompletableFuture::join);
            all += batch.size();
        }
    }

    /**
     * Claims once for every target that has room, without waiting for the work.
     *
     * @param roomAgain called when a target that had none has room for a good batch
     */
    public Round dispatch(Runnable roomAgain) {
        List<CompletableFuture<Void>> work = new ArrayList<>();
        Duration rest = settings.pollInterval();
        queue.releaseUnreturned();
        for (Due due : queue.lanes()) {
            Lane lane = lanes.computeIfAbsent(
                    new Name(due.backend(), due.target()),
                    name -> new Lane(
                            name.backend,
                            name.target,
                            settings.concurrency(),
                            destroyer.forestalls(name.backend, name.target),
                            System::nanoTime));
            Duration wait = longer(due.in(), lane.circuit.waits());
            if (wait.isPositive()) {
                rest = wait.compareTo(rest) < 0 ? wait : rest;
                continue;
            }
            int most = lane.circuit.admits(lane.room(), lane.idle());
            if (most > 0) {
                List<Lease> claimed = queue.claim(lane.backend, lane.target, most);
                lane.took(claimed.size());
                CompletableFuture<Void> ready =
                        CompletableFuture.runAsync(() -> destroyer.forestall(claimed, lane), threads);
                claimed.forEach(lease -> work.add(hand(lease, lane, ready, roomAgain)));
            }
        }
        return new Round(work, work.isEmpty() ? rest : Duration.ZERO);
    }

    private CompletableFuture<Void> hand(Lease lease, Lane lane, CompletableFuture<Void> ready, Runnable roomAgain) {
        long stale = System.nanoTime() + settings.claimTimeout().toNanos() / 2;
        return ready.thenApplyAsync(nothing -> work(lease, () -> destroyer.process(lease, lane, stale)), threads)
                .whenComplete((next, fault) -> {
                    if (next == Next.INSIST) {
                        lane.resists();
                    }
                    if (lane.done()) {
                        roomAgain.run();
                    }
                })
                .thenAcceptAsync(next -> insist(next, lease, lane, stale), threads);
    }

    /** Not counted as work in hand: those that resist must not keep others from being claimed. */
    private void insist(Next next, Lease lease, Lane lane, long stale) {
        if (next == Next.INSIST) {
            try {
                work(lease, () -> destroyer.insist(lease, lane, stale));
            } finally {
                lane.doneResisting();
            }
        }
    }

    private Next work(Lease lease, Supplier<Next> step) {
        try {
            Next next = step.get();
            if (next == Next.RELEASE) {
                queue.release(List.of(lease));
            }
            return next;
        } catch (RuntimeException e) {
            LOG.error("Lease {} could not be worked on", lease.id(), e);
            queue.releaseLater(lease);
            return Next.NOTHING;
        }
    }

    boolean idle() {
        return lanes.values().stream().allMatch(Lane::idle);
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }
}
