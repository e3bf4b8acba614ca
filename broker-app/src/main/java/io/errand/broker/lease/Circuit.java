package io.errand.broker.lease;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether a target is asked at all. After a few failures in a row it is left alone for a while; then one lease is tried, and what
 * comes of it closes the circuit or leaves the target alone for longer. Half of each while is chance, so that replicas do not all
 * come back at once.
 */
final class Circuit {

    static final int FAILURES = 5;
    static final Duration FIRST = Duration.ofSeconds(1);
    static final Duration LONGEST = Duration.ofMinutes(1);

    private final LongSupplier nanos;
    private int failures;
    private int openings;
    private boolean open;
    private long until;

    Circuit(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** How long the target is left alone; zero: it may be asked. */
    synchronized Duration waits() {
        long left = open ? until - nanos.getAsLong() : 0;
        return left > 0 ? Duration.ofNanos(left) : Duration.ZERO;
    }

    /** How many of these leases may be tried now. */
    synchronized int admits(int wanted, boolean idle) {
        if (!open) {
            return wanted;
        }
        return waits().isZero() && idle ? 1 : 0;
    }

    /** The target answered. True: it had been left alone until now. */
    synchronized boolean answered() {
        boolean was = open;
        open = false;
        failures = 0;
        openings = 0;
        return was;
    }

    /**
     * The target did not answer, or asked to be left alone for {@code after}.
     *
     * @return for how long it is left alone now; null: not yet
     */
    synchronized @Nullable Duration failed(@Nullable Duration after) {
        failures++;
        boolean asked = after != null && after.isPositive();
        if (!waits().isZero() || (!open && !asked && failures < FAILURES)) {
            return null;
        }
        long most = Math.min(LONGEST.toMillis(), FIRST.toMillis() << Math.min(openings, 10));
        Duration rest = Duration.ofMillis(most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1));
        if (after != null && after.compareTo(rest) > 0) {
            rest = after;
        }
        openings++;
        open = true;
        until = nanos.getAsLong() + rest.toNanos();
        return rest;
    }
}
