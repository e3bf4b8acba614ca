package io.errand.broker.key;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * When signing keys are replaced ({@code errand.key.*}).
 *
 * @param rotationInterval how long a key signs
 * @param publishAhead how long a key is published before it signs; not shorter than others keep our key set
 * @param retention how long a key verifies and is published after it signed; receipts can be checked that long, and it is longer
 *     than any task, whose tokens live a day at most
 */
@ConfigurationProperties("errand.key")
record RotationProperties(
        @DefaultValue("P30D") Duration rotationInterval,
        @DefaultValue("PT1H") Duration publishAhead,
        @DefaultValue("P400D") Duration retention) {

    RotationProperties {
        if (publishAhead.isNegative() || rotationInterval.compareTo(publishAhead) <= 0) {
            throw new IllegalArgumentException(
                    "errand.key.rotation-interval must be longer than errand.key.publish-ahead, which is not negative");
        }
        if (retention.compareTo(Duration.ofDays(2)) < 0) {
            throw new IllegalArgumentException(
                    "errand.key.retention must be at least P2D: until then tokens that a retired key signed may live");
        }
    }
}
