package io.errand.broker.lease;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How leases are kept.
 *
 * @param pendingTimeout how long making a credential may take before the row is cleaned up; longer than any backend's answer
 * @param pollInterval how often the queue is looked at without being told
 * @param claimTimeout after how long another worker takes over what one has claimed; longer than any destruction takes
 * @param irrevocableAfter failed tries after which a lease is marked; it is tried on
 * @param concurrency destructions at once, for each target
 */
@ConfigurationProperties("errand.lease")
public record LeaseProperties(
        @DefaultValue("PT30S") Duration pendingTimeout,
        @DefaultValue("PT1S") Duration pollInterval,
        @DefaultValue("PT2M") Duration claimTimeout,
        @DefaultValue("10") int irrevocableAfter,
        @DefaultValue("8") int concurrency,
        @DefaultValue Worker worker) {

    public LeaseProperties {
        require(pendingTimeout.toSeconds() >= 20, "pending-timeout", "is at least PT20S");
        require(pollInterval.toMillis() >= 10, "poll-interval", "is at least PT0.01S");
        require(claimTimeout.toSeconds() >= 60, "claim-timeout", "is at least PT1M");
        require(irrevocableAfter >= 1, "irrevocable-after", "is at least 1");
        require(concurrency >= 1 && concurrency <= 256, "concurrency", "is a number from 1 to 256");
    }

    /** @param enabled whether this replica works on the queue */
    public record Worker(@DefaultValue("true") boolean enabled) {}

    private static void require(boolean good, String key, String sentence) {
        if (!good) {
            throw new IllegalArgumentException("errand.lease." + key + " " + sentence);
        }
    }
}
