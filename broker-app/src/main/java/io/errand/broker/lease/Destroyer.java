package io.errand.broker.lease;

import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.credential.Backends;
import io.errand.broker.credential.Destruction;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** What a worker does with one claimed lease. No transaction is open while the target is asked. */
@Component
class Destroyer {

    private static final Logger LOG = LoggerFactory.getLogger(Destroyer.class);

    private static final Duration FIRST_DELAY = Duration.ofSeconds(1);
    private static final Duration LONGEST_DELAY = Duration.ofMinutes(5);

    private final LeaseRows rows;
    private final Backends backends;
    private final Receipts receipts;
    private final Departures departures;
    private final LeaseMetrics metrics;
    private final Audit audit;
    private final TransactionTemplate transaction;
    private final LeaseProperties settings;

    Destroyer(
            LeaseRows rows,
            Backends backends,
            Receipts receipts,
            Departures departures,
            LeaseMetrics metrics,
            Audit audit,
            TransactionTemplate transaction,
            LeaseProperties settings) {
        this.rows = rows;
        this.backends = backends;
        this.receipts = receipts;
        this.departures = departures;
        this.metrics = metrics;
        this.audit = audit;
        this.transaction = transaction;
        this.settings = settings;
    }

    void process(Lease claimed) {
        Optional<Lease.Revoking> revoking = switch (claimed) {
            case Lease.Revoking already -> Optional.of(already);
            case Lease.Pending overdue -> toRevoking(overdue, "pending_timeout");
            case Lease.Active overdue -> toRevoking(overdue, "expired");
        };
        if (revoking.isEmpty()) {
            rows.release(claimed.facts().id());
            return;
        }
        Lease.Revoking lease = revoking.get();
        switch (destroy(lease)) {
            case Destruction.Gone gone -> gone(lease, gone);
            case Destruction.Retry(String cause, Duration after) -> retry(lease, cause, after);
            case Destruction.Lingers(var until) -> {
                metrics.tried(lease.facts().backend(), "lingers");
                if (!rows.linger(lease, until)) {
                    rows.release(lease.facts().id());
                }
            }
        }
    }

    /** Committed before the target is touched: from then on introspection says inactive. */
    private Optional<Lease.Revoking> toRevoking(Lease overdue, String reason) {
        Optional<Lease.Revoking> revoking = transaction.execute(status -> {
            Optional<Lease.Revoking> changed = rows.revoking(overdue, reason);
            changed.ifPresent(
                    lease -> audit.record(event("lease.revoking", lease.facts()).outcome(reason)));
            return changed;
        });
        return revoking == null ? Optional.empty() : revoking;
    }

    private Destruction destroy(Lease.Revoking lease) {
        try {
            return backends.byName(lease.facts().backend())
                    .map(backend -> backend.destroy(lease.facts().remains()))
                    .orElseGet(() -> new Destruction.Retry("The service has no such backend.", null));
        } catch (RuntimeException e) {
            LOG.error(
                    "Backend {} failed on lease {}",
                    lease.facts().backend(),
                    lease.facts().id(),
                    e);
            return new Destruction.Retry("The backend failed: " + e, null);
        }
    }

    /** Without a compare-and-set that holds there is no receipt: whoever changed the row wants the target looked at again. */
    private void gone(Lease.Revoking lease, Destruction.Gone gone) {
        Lease.Facts facts = lease.facts();
        Optional<LeaseRows.Times> times = transaction.execute(status -> {
            Optional<LeaseRows.Times> revoked = rows.revoked(lease);
            revoked.ifPresent(t -> {
                rows.attach(facts.id(), receipts.write(lease, gone, t.revoked()));
                audit.record(event("lease.revoked", facts)
                        .outcome("gone")
                        .with("reason", lease.reason())
                        .with("evidence", gone.kind())
                        .with("statement", gone.statement()));
            });
            return revoked;
        });
        if (times == null || times.isEmpty()) {
            rows.release(facts.id());
            return;
        }
        metrics.tried(facts.backend(), "gone");
        metrics.gone(
                facts.backend(),
                Duration.between(times.get().revoking(), times.get().revoked()));
        departures.announce(facts.task());
    }

    private void retry(Lease.Revoking lease, String cause, @Nullable Duration after) {
        Lease.Facts facts = lease.facts();
        LOG.warn("Lease {} is not gone yet after {} tries: {}", facts.id(), lease.attempts() + 1, cause);
        metrics.tried(facts.backend(), "retry");
        boolean irrevocable = lease.attempts() + 1 >= settings.irrevocableAfter();
        Duration delay = delay(lease.attempts(), after);
        boolean changed = Boolean.TRUE.equals(transaction.execute(status -> {
            boolean ours = rows.retry(lease, cause, irrevocable, delay);
            if (ours && irrevocable && !lease.irrevocable()) {
                audit.record(event("lease.irrevocable", facts)
                        .outcome("irrevocable")
                        .with("attempts", lease.attempts() + 1)
                        .with("cause", cause));
            }
            return ours;
        }));
        if (!changed) {
            rows.release(facts.id());
        }
    }

    /** Doubles with each try; half of it is chance, so that what failed together does not come back together. */
    static Duration delay(int attempts, @Nullable Duration after) {
        long most = Math.min(LONGEST_DELAY.toMillis(), FIRST_DELAY.toMillis() << Math.min(attempts, 20));
        Duration own = Duration.ofMillis(most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1));
        return after != null && after.compareTo(own) > 0 ? after : own;
    }

    private static AuditEvent event(String kind, Lease.Facts facts) {
        return AuditEvent.of(kind)
                .by(AuditEvent.BROKER)
                .agent(facts.agent())
                .task(facts.task())
                .lease(facts.id())
                .with("tool", facts.tool());
    }
}
