package io.errand.broker.lease.issue;

import io.errand.api.Json;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Backends;
import io.errand.broker.credential.Extension;
import io.errand.broker.credential.Term;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.lease.LeaseRows;
import io.errand.broker.lease.LeaseViews;
import io.errand.broker.lease.Leases;
import io.errand.broker.lease.Leases.Prolonged;
import io.errand.broker.lease.Leases.Renewal;
import io.errand.broker.lease.Revocations;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * A later end. It is committed before the target hears of it, so that nothing at the target ever outlives its row (P1); where the
 * target did not follow, it is taken back.
 */
@Component
class Renewals {

    private static final Logger LOG = LoggerFactory.getLogger(Renewals.class);

    private final JdbcClient jdbc;
    private final LeaseViews views;
    private final Backends backends;
    private final Revocations revocations;
    private final Audit audit;
    private final TransactionTemplate transaction;

    Renewals(
            JdbcClient jdbc,
            LeaseViews views,
            Backends backends,
            Revocations revocations,
            Audit audit,
            TransactionTemplate transaction) {
        this.jdbc = jdbc;
        this.views = views;
        this.backends = backends;
        this.revocations = revocations;
        this.audit = audit;
        this.transaction = transaction;
    }

    /** Never earlier than it was, never later than the task's end; empty: the lease or its task is not active any more. */
    @Transactional(propagation = Propagation.MANDATORY)
    Optional<Prolonged> prolong(UUID lease, Leases.Limits limits) {
        Optional<Prolonged> held = jdbc.sql("""
                        SELECT l.id, l.version, l.backend, l.binding, l.reference, l.expires_at, now() AS at,
                               greatest(l.expires_at, least(t.expires_at,
                                                            :end::timestamptz,
                                                            now() + make_interval(secs => :lease))) AS until
                          FROM lease l JOIN task t ON t.id = l.task_id
                         WHERE l.id = :id AND l.state = 'active' AND l.expires_at > now()
                           AND t.state = 'active' AND t.expires_at > now()
                           FOR UPDATE OF l
                        """)
                .param("id", lease)
                .param("lease", limits.ofLease() == null ? null : LeaseRows.seconds(limits.ofLease()))
                .param("end", limits.notAfter().atOffset(ZoneOffset.UTC))
                .query((row, n) -> new Prolonged(
                        row.getObject("id", UUID.class),
                        row.getInt("version") + 1,
                        row.getString("backend"),
                        new Backend.Remains(
                                row.getObject("id", UUID.class),
                                Json.mapper().readValue(row.getString("binding"), ToolBinding.class),
                                row.getString("reference")),
                        LeaseRows.instant(row, "expires_at"),
                        Term.between(LeaseRows.instant(row, "at"), LeaseRows.instant(row, "until"))))
                .optional();
        held.filter(Prolonged::isLonger).ifPresent(this::begin);
        return held;
    }

    Renewal extend(Prolonged lease) {
        if (TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException(
                    "A target is never asked inside a transaction: commit the new end first (P1)");
        }
        if (!lease.isLonger()) {
            return live(lease);
        }
        return switch (ask(lease)) {
            case Extension.Extended(Instant validUntil) -> {
                if (validUntil.isBefore(lease.until())) {
                    takeBack(lease, validUntil, "the target gave less");
                }
                yield live(lease);
            }
            case Extension.NotExtendable(String reason) -> {
                takeBack(lease, lease.before(), reason);
                yield new Renewal.NotExtendable(reason);
            }
            case Extension.Retry(String cause, Duration after) -> {
                takeBack(lease, lease.before(), cause);
                yield isActive(lease.id()) ? new Renewal.Unavailable(cause, after) : new Renewal.Ended();
            }
        };
    }

    private Extension ask(Prolonged lease) {
        try {
            return backends.byName(lease.backend())
                    .map(backend -> backend.extend(lease.remains(), lease.term()))
                    .orElseGet(() -> new Extension.Retry("The service has no such backend.", null));
        } catch (RuntimeException e) {
            LOG.error("Backend {} failed to extend lease {}", lease.backend(), lease.id(), e);
            return new Extension.Retry("The backend failed: " + e, null);
        }
    }

    private Renewal live(Prolonged lease) {
        return views.find(lease.id())
                .filter(view -> view.state().equals("active"))
                .<Renewal>map(Renewal.Live::new)
                .orElseGet(Renewal.Ended::new);
    }

    private boolean isActive(UUID lease) {
        return views.find(lease).filter(view -> view.state().equals("active")).isPresent();
    }

    /** If somebody else changed the row meanwhile, it is theirs: it was revoked, or renewed again. */
    private void takeBack(Prolonged lease, Instant end, String cause) {
        transaction.executeWithoutResult(status -> {
            if (end(lease, end)) {
                audit.record(AuditEvent.of("lease.renewal_cut")
                        .by(AuditEvent.BROKER)
                        .lease(lease.id())
                        .with("cause", cause)
                        .with("expires_at", end.toString()));
                revocations.wake();
            }
        });
    }

    /** Its row is held by the transaction under way. */
    private void begin(Prolonged lease) {
        jdbc.sql("""
                        UPDATE lease SET expires_at = :end, due_at = :end, renewed_at = now(), version = :version
                         WHERE id = :id
                        """)
                .param("end", OffsetDateTime.ofInstant(lease.until(), ZoneOffset.UTC))
                .param("version", lease.version())
                .param("id", lease.id())
                .update();
    }

    private boolean end(Prolonged lease, Instant end) {
        return jdbc.sql("""
                                UPDATE lease SET expires_at = :end, due_at = :end, version = version + 1
                                 WHERE id = :id AND state = 'active' AND version = :version
                                """)
                        .param("end", OffsetDateTime.ofInstant(end, ZoneOffset.UTC))
                        .param("id", lease.id())
                        .param("version", lease.version())
                        .update()
                == 1;
    }
}
