package io.errand.broker.credential;

import java.time.Duration;
import java.time.Instant;

/**
 * When something must be over: the instant by the database's clock, and how far that is from its now. A target that takes a length
 * of time is told the latter, whatever the clock of this replica says (P6).
 */
public record Term(Instant until, Duration lasts) {

    public static Term between(Instant now, Instant until) {
        return new Term(until, Duration.between(now, until));
    }

    /** The end of what lasts so long from now, if that is sooner. */
    public Instant within(Duration other) {
        // A target counts in whole seconds.
        return other.plusSeconds(1).compareTo(lasts) >= 0 ? until : until.minus(lasts.minus(other));
    }
}
