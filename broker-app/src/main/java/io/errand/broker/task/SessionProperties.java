package io.errand.broker.task;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How long sessions remember.
 *
 * @param window how long what an agent did for a person counts for its other tasks, from PT0S to P7D
 */
@ConfigurationProperties("errand.session")
record SessionProperties(@DefaultValue("PT1H") Duration window) {

    SessionProperties {
        if (window.isNegative() || window.compareTo(Duration.ofDays(7)) > 0) {
            throw new IllegalArgumentException("errand.session.window is a duration from PT0S to P7D");
        }
    }

    /** How long rows are kept: the counters of a day and the longest task need one. */
    Duration retention() {
        Duration day = Duration.ofDays(1);
        return (window.compareTo(day) > 0 ? window : day).plus(Duration.ofHours(1));
    }
}
