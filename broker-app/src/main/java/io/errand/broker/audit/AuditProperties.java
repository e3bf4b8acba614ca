package io.errand.broker.audit;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What strangers may write.
 *
 * @param refusalsPerMinute of one kind and reason, before an agent is known, that have an event of their own at this replica; those
 *     beyond share one event a minute, which says how many they were
 */
@ConfigurationProperties("errand.audit")
record AuditProperties(@DefaultValue("120") int refusalsPerMinute) {

    AuditProperties {
        if (refusalsPerMinute < 1) {
            throw new IllegalArgumentException("errand.audit.refusals-per-minute is at least 1");
        }
    }
}
