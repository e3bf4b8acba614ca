package io.errand.broker.lease.removal;

import io.errand.broker.shared.Backoff;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether a target is asked at all. After a few failures in a row it is left alone for a while; then one lease is tried, and what
 * comes of it closes the circuit or leaves the target alone for longer.
 */
public final class Circuit {

    public static final int FAILURES = 5;
    public static final Duration FIRST = Duration.ofSeconds(1);
    public static final Duration LONGEST = Duration.ofMinutes(1);

    private static final Backoff RESTS = new Backoff(FIRST, LONGEST);

    private final LongSupplier nanos;
    private int failures;
    private int openings;
    private boolean open;
    private long until;

    public Circuit(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** How long the target is left alone; zero: it may be asked. */
    public synchronized Duration waits() {
        long left = open ? until - nanos.getAsLong() : 0;
        return left > 0 ? Duration.ofNanos(left) : Duration.ZERO;
    }

    /** How many of these leases may be tried now. */
    public synchronized int admits(int wanted, boolean idle) {
        if (!open) {
            return wanted;
        }
        return waits().isZero() && idle ? 1 : 0;
    }

    /** The target answered. True: it had been left alone until now. */
    public synchronized boolean answered() {
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
    public synchronized @Nullable Duration failed(@Nullable Duration after) {
        failures++;
        boolean asked = after != null && after.isPositive();
        if (!waits().isZero() || (!open && !asked && failures < FAILURES)) {
            return null;
        }
        Duration rest = RESTS.partlyRandom(openings + 1);
        if (after != null && after.compareTo(rest) > 0) {
            rest = after;
        }
        openings++;
        open = true;
        until = nanos.getAsLong() + rest.toNanos();
        return rest;
    }
}
