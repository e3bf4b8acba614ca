package io.errand.broker.lease.removal;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** One target: how many of its leases are in hand, and how it has answered. */
final class Lane {

    /** What is claimed at most, for each destruction that may be under way at once. */
    private static final int LONGEST_QUEUE = 32;

    private static final long ONE_SECOND = TimeUnit.SECONDS.toNanos(1);

    final String backend;
    final String target;
    final Circuit circuit;
    private final int concurrency;
    private final boolean together;
    private final Semaphore turns;
    private final Semaphore resistingTurns;
    private final AtomicInteger resisting = new AtomicInteger();
    private final AtomicInteger inHand = new AtomicInteger();
    private final AtomicLong average = new AtomicLong(ONE_SECOND);

    /** @param together whether its backend takes the power from many at once before each is dealt with */
    Lane(String backend, String target, int concurrency, boolean together, LongSupplier nanos) {
        this.backend = backend;
        this.target = target;
        this.concurrency = concurrency;
        this.together = together;
        this.turns = new Semaphore(concurrency);
        this.resistingTurns = new Semaphore(Math.max(1, concurrency / 4));
        this.circuit = new Circuit(nanos);
    }

    /** How many more may be claimed; zero until half of them can be, since rows are claimed in batches. */
    int room() {
        int window = window();
        int free = window - inHand.get();
        return free * 2 >= window ? free : 0;
    }

    /**
     * As many as the target has shown to let go in about a second, so that no claim runs out in the queue. Where power is taken from
     * many at once it is as many as may be, since those that are not claimed keep theirs.
     */
    private int window() {
        if (together) {
            return concurrency * LONGEST_QUEUE;
        }
        long rounds = ONE_SECOND / Math.max(1, average.get());
        return concurrency * Math.clamp(rounds, 1, LONGEST_QUEUE);
    }

    /** Whether one that is claimed now must wait for its turn. */
    boolean busy() {
        return inHand.get() > concurrency;
    }

    void took(int claimed) {
        inHand.addAndGet(claimed);
    }

    /** True: there is room again for a good batch. */
    boolean done() {
        return inHand.decrementAndGet() <= window() / 2;
    }

    /** One of those in hand is dealt with beside them from now on. */
    void resists() {
        resisting.incrementAndGet();
    }

    void doneResisting() {
        resisting.decrementAndGet();
    }

    boolean idle() {
        return inHand.get() == 0 && resisting.get() == 0;
    }

    void enterResisting() {
        resistingTurns.acquireUninterruptibly();
    }

    void leaveResisting() {
        resistingTurns.release();
    }

    void enter() {
        turns.acquireUninterruptibly();
    }

    void leave(Duration taken) {
        turns.release();
        average.accumulateAndGet(taken.toNanos(), (old, now) -> old + (now - old) / 8);
    }

    @Override
    public String toString() {
        return target.isEmpty() ? backend : backend + " target " + target;
    }
}
