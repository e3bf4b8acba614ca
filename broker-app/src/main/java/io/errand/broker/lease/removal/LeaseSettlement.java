package io.errand.broker.lease.removal;

import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.credential.Destruction;
import io.errand.broker.database.Batcher;
import io.errand.broker.lease.Lease;
import io.errand.broker.lease.LeaseGoneNotifier;
import io.errand.broker.lease.LeaseMetrics;
import io.errand.broker.lease.LeaseQueue;
import io.errand.broker.lease.LeaseRows;
import io.errand.broker.lease.LeaseRows.Times;
import io.errand.broker.lease.reconciliation.UnresolvedLeases;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Writes REVOKED with receipt and event, in one transaction for all leases that were seen gone while the previous transaction
 * was under way.
 */
@Component
class LeaseSettlement {

    private static final int MOST = 128;

    private final LeaseRows rows;
    private final Receipts receipts;
    private final UnresolvedLeases unresolved;
    private final LeaseGoneNotifier leaseGoneNotifier;
    private final LeaseMetrics metrics;
    private final Audit audit;
    private final TransactionTemplate transaction;
    private final Batcher<Gone> batcher =
            new Batcher<>(Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 4), MOST, this::settleAll);

    LeaseSettlement(
            LeaseRows rows,
            Receipts receipts,
            UnresolvedLeases unresolved,
            LeaseGoneNotifier leaseGoneNotifier,
            LeaseMetrics metrics,
            Audit audit,
            TransactionTemplate transaction) {
        this.rows = rows;
        this.receipts = receipts;
        this.unresolved = unresolved;
        this.leaseGoneNotifier = leaseGoneNotifier;
        this.metrics = metrics;
        this.audit = audit;
        this.transaction = transaction;
    }

    private static final class Gone {

        final Lease lease;
        final Destruction.Gone seen;
        final Destruction.@Nullable Disabled disabled;
        volatile boolean settled;

        Gone(Lease lease, Destruction.Gone seen, Destruction.@Nullable Disabled disabled) {
            this.lease = lease;
            this.seen = seen;
            this.disabled = disabled;
        }
    }

    /** False: somebody changed the row meanwhile and wants the target looked at again; then there is no receipt. */
    boolean settle(Lease lease, Destruction.Gone seen) {
        return settle(new Gone(lease, seen, null));
    }

    /** The same of what cannot be used any more and cannot be removed: it is on record until it is. */
    boolean settle(Lease lease, Destruction.Disabled seen) {
        return settle(new Gone(lease, seen.evidence(), seen));
    }

    private boolean settle(Gone gone) {
        batcher.work(List.of(gone));
        return gone.settled;
    }

    private void settleAll(List<Gone> batch) {
        Map<UUID, Times> times = Objects.requireNonNull(transaction.execute(status -> write(batch)));
        batch.forEach(gone -> finish(gone, times));
    }

    private Map<UUID, Times> write(List<Gone> batch) {
        Map<UUID, Times> times =
                rows.revoked(batch.stream().map(gone -> gone.lease).toList());
        Map<UUID, String> written = new HashMap<>();
        List<AuditEvent> events = new ArrayList<>();
        for (Gone gone : batch) {
            Times when = times.get(gone.lease.id());
            if (when != null) {
                String receipt = receipts.write(gone.lease, gone.seen, when);
                written.put(gone.lease.id(), receipt);
                events.add(LeaseQueue.event("lease.revoked", gone.lease)
                        .outcome(gone.disabled == null ? "gone" : "disabled")
                        .with("reason", gone.lease.reason())
                        .with("evidence", gone.seen.kind())
                        .with("statement", gone.seen.statement())
                        .with("receipt", receipt)
                        .with("leftovers", gone.seen.facts().get("leftovers"))
                        .with("leftovers_count", gone.seen.facts().get("leftovers_count"))
                        .with("cause", gone.disabled == null ? null : gone.disabled.cause())
                        .with("remedy", gone.disabled == null ? null : gone.disabled.remedy()));
                if (gone.disabled != null) {
                    unresolved.add(gone.lease, gone.disabled);
                }
            }
        }
        rows.attach(written);
        audit.recordAll(events);
        return times;
    }

    private void finish(Gone gone, Map<UUID, Times> times) {
        Times when = times.get(gone.lease.id());
        if (when != null) {
            metrics.tried(gone.lease.backend(), gone.disabled == null ? "gone" : "disabled");
            metrics.gone(gone.lease.backend(), Duration.between(when.ended(), when.revoked()));
            leaseGoneNotifier.announce(gone.lease.task());
        }
        gone.settled = when != null;
    }
}
