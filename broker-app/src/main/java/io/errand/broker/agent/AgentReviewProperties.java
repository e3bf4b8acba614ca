package io.errand.broker.agent;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How owners are told to look at their agents again.
 *
 * @param notice how long before {@code review_by} they are told
 * @param interval between two looks for what is due or overdue, of all replicas together
 */
@ConfigurationProperties("errand.agent.review")
record AgentReviewProperties(
        @DefaultValue("P14D") Duration notice,
        @DefaultValue("PT15M") Duration interval) {

    AgentReviewProperties {
        if (notice.isNegative() || notice.toDays() > 365) {
            throw new IllegalArgumentException("errand.agent.review.notice is from PT0S to P365D");
        }
        if (interval.toSeconds() < 1) {
            throw new IllegalArgumentException("errand.agent.review.interval is at least PT1S");
        }
    }
}
