package io.errand.broker.audit;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What strangers may write, and the transparency log.
 *
 * @param refusalsPerMinute of one kind and reason, before an agent is known, that have an event of their own at this replica; those
 *     beyond share one event a minute, which says how many they were
 * @param sequence whether this replica takes its turn at giving events their place in the log; one at least has to
 * @param checkpointFile where the last checkpoint is copied to, outside of the database: what tells that an older state of it was
 *     restored
 * @param keepMonths how many months of events are kept beside the one that it is, 3 to 1200; without it all are. Hashes of all are kept
 */
@ConfigurationProperties("errand.audit")
record AuditProperties(
        @DefaultValue("120") int refusalsPerMinute,
        @DefaultValue("true") boolean sequence,
        @Nullable Path checkpointFile,
        @Nullable Integer keepMonths) {

    AuditProperties {
        if (refusalsPerMinute < 1) {
            throw new IllegalArgumentException("errand.audit.refusals-per-minute is at least 1");
        }
        if (keepMonths != null && (keepMonths < 3 || keepMonths > 1200)) {
            throw new IllegalArgumentException("errand.audit.keep-months is 3 to 1200, or absent");
        }
    }
}
