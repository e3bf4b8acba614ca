package io.errand.broker.approval;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How far break-glass goes.
 *
 * @param maxTtl the longest that one may last
 * @param reviewWithin from its activation until its review is overdue
 * @param reminderInterval between two looks for overdue reviews, of all replicas together
 */
@ConfigurationProperties("errand.break-glass")
record BreakGlassProperties(
        @DefaultValue("PT1H") Duration maxTtl,
        @DefaultValue("P1D") Duration reviewWithin,
        @DefaultValue("PT1M") Duration reminderInterval) {

    BreakGlassProperties {
        if (maxTtl.toSeconds() < 1 || maxTtl.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("errand.break-glass.max-ttl is from PT1S to P1D");
        }
        if (reviewWithin.compareTo(maxTtl) < 0) {
            throw new IllegalArgumentException("errand.break-glass.review-within is not shorter than max-ttl");
        }
        if (reminderInterval.toSeconds() < 1) {
            throw new IllegalArgumentException("errand.break-glass.reminder-interval is at least PT1S");
        }
    }
}
