package io.errand.broker.lease.reconciliation;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How often leases are compared with what stands at the targets.
 *
 * @param enabled whether this replica takes part; on demand it always does
 * @param interval between the end of one run and the beginning of the next, of all replicas together
 * @param targetsInterval the same for targets that are listed at little cost (PostgreSQL): what a failover brings back is found so soon
 * @param keep how long findings are kept; the audit log keeps them longer
 */
@ConfigurationProperties("errand.reconcile")
record ReconcileProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("PT10M") Duration interval,
        @DefaultValue("PT30S") Duration targetsInterval,
        @DefaultValue("P90D") Duration keep) {

    ReconcileProperties {
        if (interval.toSeconds() < 1) {
            throw new IllegalArgumentException("errand.reconcile.interval is at least PT1S");
        }
        if (targetsInterval.toSeconds() < 1) {
            throw new IllegalArgumentException("errand.reconcile.targets-interval is at least PT1S");
        }
        if (keep.toDays() < 1) {
            throw new IllegalArgumentException("errand.reconcile.keep is at least P1D");
        }
    }
}
