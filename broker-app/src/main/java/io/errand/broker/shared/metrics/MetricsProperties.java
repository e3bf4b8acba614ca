package io.errand.broker.shared.metrics;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How often metrics are read from the database ({@code errand.metrics.*}).
 *
 * @param interval between two readings; one that takes long is made less often, so that it takes at most a twentieth of the time
 */
@ConfigurationProperties("errand.metrics")
record MetricsProperties(@DefaultValue("PT10S") Duration interval) {

    MetricsProperties {
        if (interval.toMillis() < 100) {
            throw new IllegalArgumentException("errand.metrics.interval is at least PT0.1S");
        }
    }
}
