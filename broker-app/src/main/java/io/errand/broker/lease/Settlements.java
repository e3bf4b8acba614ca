package io.errand.broker.lease;

import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.credential.Destruction;
import io.errand.broker.lease.LeaseRows.Times;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * REVOKED with receipt and event, in one transaction for all that were seen gone while the transaction before was under way: the
 * first waits for nobody, and many cost little more than one. Who waits is who works, so the queue is never longer than what
 * workers have in hand.
 */
@Component
class Settlements {

    private static final int MOST = 128;

    private final LeaseRows rows;
    private final Receipts receipts;
    private final UnresolvedLeases unresolved;
    private final Departures departures;
    private final LeaseMetrics metrics;
    private final Audit audit;
    private final TransactionTemplate transaction;
    private final ConcurrentLinkedQueue<Gone> queue = new ConcurrentLinkedQueue<>();
    private final Semaphore writers =
            new Semaphore(Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 4));

    Settlements(
            LeaseRows rows,
            Receipts receipts,
            UnresolvedLeases unresolved,
            Departures departures,
            LeaseMetrics metrics,
            Audit audit,
            TransactionTemplate transaction) {
        this.rows = rows;
        this.receipts = receipts;
        this.unresolved = unresolved;
        this.departures = departures;
        this.metrics = metrics;
        this.audit = audit;
        this.transaction = transaction;
    }

    private record Gone(
            Lease lease,
            Destruction.Gone seen,
            Destruction.@Nullable Disabled disabled,
            CompletableFuture<Boolean> settled) {}

    /** False: somebody changed the row meanwhile and wants the target looked at again; then there is no receipt. */
    boolean settle(Lease lease, Destruction.Gone seen) {
        return settle(new Gone(lease, seen, null, new CompletableFuture<>()));
    }

    /** The same of what cannot be used any more and cannot be removed: it is on record until it is. */
    boolean settle(Lease lease, Destruction.Disabled seen) {
        return settle(new Gone(lease, seen.evidence(), seen, new CompletableFuture<>()));
    }

    private boolean settle(Gone gone) {
        queue.add(gone);
        writers.acquireUninterruptibly();
        try {
            if (!gone.settled.isDone()) {
                settleNext();
            }
        } finally {
            writers.release();
        }
        try {
            return gone.settled.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private void settleNext() {
        List<Gone> batch = new ArrayList<>();
        for (Gone next = queue.poll(); next != null; next = batch.size() < MOST ? queue.poll() : null) {
            batch.add(next);
        }
        if (batch.isEmpty()) {
            return;
        }
        try {
            Map<UUID, Times> times = transaction.execute(status -> write(batch));
            batch.forEach(gone -> finish(gone, times));
        } catch (RuntimeException e) {
            batch.forEach(gone -> gone.settled.completeExceptionally(e));
        }
    }

    private Map<UUID, Times> write(List<Gone> batch) {
        Map<UUID, Times> times = rows.revoked(batch.stream().map(Gone::lease).toList());
        Map<UUID, String> written = new HashMap<>();
        List<AuditEvent> events = new ArrayList<>();
        for (Gone gone : batch) {
            Times when = times.get(gone.lease.id());
            if (when != null) {
                written.put(gone.lease.id(), receipts.write(gone.lease, gone.seen, when.revoked()));
                events.add(LeaseQueue.event("lease.revoked", gone.lease)
                        .outcome(gone.disabled == null ? "gone" : "disabled")
                        .with("reason", gone.lease.reason())
                        .with("evidence", gone.seen.kind())
                        .with("statement", gone.seen.statement())
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
            departures.announce(gone.lease.task());
        }
        gone.settled.complete(when != null);
    }
}
