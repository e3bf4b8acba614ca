package io.errand.broker.shared;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Waits that double from failure to failure.
 *
 * @param longest of them
 */
public record Backoff(Duration first, Duration longest) {

    /** Beyond so many, first times two to the power of them is years. */
    private static final int MOST_DOUBLINGS = 20;

    /** @param failures in a row so far, from 1 */
    public Duration after(int failures) {
        Duration doubled = first.multipliedBy(1L << Math.clamp(failures - 1, 0, MOST_DOUBLINGS));
        return doubled.compareTo(longest) < 0 ? doubled : longest;
    }

    /** The same, of which half is chance, so that what failed together does not come back together. */
    public Duration partlyRandom(int failures) {
        long most = after(failures).toMillis();
        return Duration.ofMillis(most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1));
    }
}
