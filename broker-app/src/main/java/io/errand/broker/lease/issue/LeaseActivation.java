package io.errand.broker.lease.issue;

import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.database.Batcher;
import io.errand.broker.lease.LeaseRows;
import io.errand.broker.lease.LeaseRows.Made;
import io.errand.broker.lease.LeaseRows.Was;
import io.errand.broker.lease.Leases.Opened;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * PENDING to ACTIVE by compare-and-set, in one transaction for all whose credentials were made while the transaction before was under
 * way. Each has a result of its own: one whose row or whose task somebody else holds, and one that was killed, is tried again by
 * itself, and only that one waits and loses.
 */
@Component
class LeaseActivation {

    private static final int MOST = 128;

    private final LeaseRows rows;
    private final Audit audit;
    private final TransactionTemplate transaction;
    private final Batcher<Activation> batcher =
            new Batcher<>(Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 4), MOST, this::activateAll);

    LeaseActivation(LeaseRows rows, Audit audit, TransactionTemplate transaction) {
        this.rows = rows;
        this.audit = audit;
        this.transaction = transaction;
    }

    private static final class Activation {

        final Opened lease;
        final Made made;
        volatile boolean active;

        Activation(Opened lease, Made made) {
            this.lease = lease;
            this.made = made;
        }
    }

    /**
     * Returns when it is committed; false: somebody else was there first.
     *
     * @throws RuntimeException whether it was committed is not known
     */
    boolean activate(Opened lease, Made made) {
        Activation activation = new Activation(lease, made);
        batcher.work(List.of(activation));
        return activation.active || alone(activation);
    }

    private void activateAll(List<Activation> batch) {
        Map<UUID, Was> active;
        try {
            active = Objects.requireNonNull(transaction.execute(status -> write(batch)));
        } catch (DataIntegrityViolationException e) {
            if (batch.size() == 1) {
                throw e;
            }
            return; // one of them is the cause, and nothing is committed: each is tried alone
        }
        batch.forEach(one -> one.active = active.containsKey(one.lease.id()));
    }

    private Map<UUID, Was> write(List<Activation> batch) {
        Map<UUID, Was> active =
                rows.activate(batch.stream().map(one -> one.made).toList());
        List<AuditEvent> events = new ArrayList<>();
        for (Activation one : batch) {
            Was was = active.get(one.lease.id());
            if (was != null) {
                events.add(event(one.lease, was));
            }
        }
        audit.recordAll(events);
        return active;
    }

    private boolean alone(Activation activation) {
        return Boolean.TRUE.equals(transaction.execute(status -> {
            Optional<Was> won = rows.activate(activation.made);
            won.ifPresent(was -> audit.record(event(activation.lease, was)));
            return won.isPresent();
        }));
    }

    static AuditEvent event(Opened lease, Was was) {
        return LeaseLifecycle.event("lease.activated", lease, was)
                .by("agent:" + was.agent())
                .outcome("active")
                .with("actions", lease.actions())
                .with("expires_at", lease.term().until().toString());
    }
}
