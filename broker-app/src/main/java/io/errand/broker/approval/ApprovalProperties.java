package io.errand.broker.approval;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How long people are waited for.
 *
 * @param expiresAfter from the request to its end, decided or not
 * @param pollInterval what an agent must leave between two polls
 * @param maxPending requests of one agent that may wait for people at once
 */
@ConfigurationProperties("errand.approval")
record ApprovalProperties(
        @DefaultValue("PT1H") Duration expiresAfter,
        @DefaultValue("PT5S") Duration pollInterval,
        @DefaultValue("50") int maxPending) {

    ApprovalProperties {
        require(
                expiresAfter.toSeconds() >= 1 && expiresAfter.compareTo(Duration.ofDays(30)) <= 0,
                "expires-after is from PT1S to P30D");
        require(
                pollInterval.toSeconds() >= 1 && pollInterval.compareTo(Duration.ofHours(1)) <= 0,
                "poll-interval is from PT1S to PT1H");
        require(maxPending >= 1, "max-pending is at least 1");
    }

    private static void require(boolean good, String sentence) {
        if (!good) {
            throw new IllegalArgumentException("errand.approval." + sentence);
        }
    }
}
