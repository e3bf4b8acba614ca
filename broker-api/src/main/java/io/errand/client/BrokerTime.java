package io.errand.client;

import io.errand.api.TokenResponse;
import java.time.Duration;
import java.time.Instant;

/**
 * What time it is at the broker: told once, carried on by elapsed time. This machine's own clock may be wrong, or moved while a
 * task runs.
 */
final class BrokerTime {

    private final Instant told;
    private final long elapsed;

    /** @param asked {@link System#nanoTime} from before the exchange, so that what took time on the way makes nothing late */
    BrokerTime(TokenResponse granted, long asked) {
        this.told = granted.task().expiresAt().minusSeconds(granted.expiresIn());
        this.elapsed = asked;
    }

    Instant now() {
        return told.plusNanos(System.nanoTime() - elapsed);
    }

    Duration until(Instant end) {
        return Duration.between(now(), end);
    }
}
