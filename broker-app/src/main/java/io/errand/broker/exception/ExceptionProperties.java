package io.errand.broker.exception;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Exceptions.
 *
 * @param notice how long before its end the owner is reminded of one; of a shorter one, when half of its time is over
 * @param longest from the proposal to the end
 */
@ConfigurationProperties("errand.exception")
record ExceptionProperties(
        @DefaultValue("P7D") Duration notice,
        @DefaultValue("P366D") Duration longest) {

    ExceptionProperties {
        if (notice.isNegative() || notice.toDays() > 365) {
            throw new IllegalArgumentException("errand.exception.notice is from PT0S to P365D");
        }
        if (longest.toSeconds() < 1 || longest.toDays() > 3660) {
            throw new IllegalArgumentException("errand.exception.longest is from PT1S to P3660D");
        }
    }
}
