package io.errand.broker.lease;

import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Backends;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Claims what is due and hands it to virtual threads, for each backend no more at once than it may have. */
@Component
class LeaseWorker {

    private static final Logger LOG = LoggerFactory.getLogger(LeaseWorker.class);

    private final LeaseQueue queue;
    private final Destroyer destroyer;
    private final LeaseProperties settings;
    private final List<Lane> lanes = new ArrayList<>();
    private final Lane others = new Lane("");
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    LeaseWorker(LeaseQueue queue, Destroyer destroyer, Backends backends, LeaseProperties settings) {
        this.queue = queue;
        this.destroyer = destroyer;
        this.settings = settings;
        backends.all().stream().map(Backend::name).sorted().map(Lane::new).forEach(lanes::add);
    }

    private record Lane(String backend, AtomicInteger working) {

        Lane(String backend) {
            this(backend, new AtomicInteger());
        }
    }

    /** Works until nothing is due any more; answers how many leases were worked on. For tests and single runs. */
    int runOnce() {
        int all = 0;
        while (true) {
            List<CompletableFuture<Void>> batch = dispatch(() -> {});
            if (batch.isEmpty()) {
                return all;
            }
            batch.forEach(CompletableFuture::join);
            all += batch.size();
        }
    }

    /**
     * Claims once for every backend that has room, without waiting for the work.
     *
     * @param roomAgain called when a backend that had none has room for a good batch
     */
    List<CompletableFuture<Void>> dispatch(Runnable roomAgain) {
        List<CompletableFuture<Void>> batch = new ArrayList<>();
        for (Lane lane : lanes) {
            if (hasRoom(lane)) {
                hand(queue.claim(lane.backend, free(lane)), lane, roomAgain, batch);
            }
        }
        if (hasRoom(others)) {
            hand(queue.claimOthers(names(lanes), free(others)), others, roomAgain, batch);
        }
        return batch;
    }

    /** How long until something is due that there is room for; never more than the poll interval. */
    Duration untilNext() {
        List<Lane> ready = lanes.stream().filter(this::hasRoom).toList();
        Duration longest = settings.pollInterval();
        return ready.isEmpty()
                ? longest
                : queue.untilNext(names(ready))
                        .filter(next -> next.compareTo(longest) < 0)
                        .orElse(longest);
    }

    private void hand(List<Lease> claimed, Lane lane, Runnable roomAgain, List<CompletableFuture<Void>> batch) {
        lane.working.addAndGet(claimed.size());
        for (Lease lease : claimed) {
            batch.add(CompletableFuture.runAsync(() -> work(lease), threads).whenComplete((nothing, fault) -> {
                if (lane.working.decrementAndGet() == settings.concurrency() / 2) {
                    roomAgain.run();
                }
            }));
        }
    }

    private void work(Lease lease) {
        try {
            destroyer.process(lease);
        } catch (RuntimeException e) {
            // The claim runs out, and the row comes back.
            LOG.error("Lease {} could not be worked on", lease.facts().id(), e);
        }
    }

    /** Half of it: rows are claimed in batches, not one by one. */
    private boolean hasRoom(Lane lane) {
        return lane.working.get() <= settings.concurrency() / 2;
    }

    private int free(Lane lane) {
        return settings.concurrency() - lane.working.get();
    }

    boolean idle() {
        return others.working.get() == 0 && lanes.stream().allMatch(lane -> lane.working.get() == 0);
    }

    private static List<String> names(List<Lane> lanes) {
        return lanes.stream().map(Lane::backend).toList();
    }
}
