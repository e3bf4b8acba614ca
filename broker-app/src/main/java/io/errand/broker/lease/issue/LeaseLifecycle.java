package io.errand.broker.lease.issue;

import io.errand.api.AuthorizationDetail;
import io.errand.api.LeaseView;
import io.errand.api.PolicyQuestion;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Backends;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.lease.LeaseGoneNotifier;
import io.errand.broker.lease.LeaseRows;
import io.errand.broker.lease.LeaseRows.Was;
import io.errand.broker.lease.LeaseViews;
import io.errand.broker.lease.Leases;
import io.errand.broker.lease.Revocations;
import io.errand.broker.lease.reconciliation.Deployments;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.tracing.Spans;
import io.errand.broker.task.Scope;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** From PENDING to ACTIVE; what leads to REVOKED is the worker's. */
@Component
class LeaseLifecycle implements Leases {

    private static final Logger LOG = LoggerFactory.getLogger(LeaseLifecycle.class);

    private final LeaseRows rows;
    private final LeaseViews views;
    private final Revocations revocations;
    private final LeaseActivation activation;
    private final Renewals renewals;
    private final Cuts cuts;
    private final Capacity capacity;
    private final LeaseGoneNotifier leaseGoneNotifier;
    private final Backends backends;
    private final Deployments deployments;
    private final Audit audit;
    private final TransactionTemplate transaction;
    private final Spans spans;

    LeaseLifecycle(
            LeaseRows rows,
            LeaseViews views,
            Revocations revocations,
            LeaseActivation activation,
            Renewals renewals,
            Cuts cuts,
            Capacity capacity,
            LeaseGoneNotifier leaseGoneNotifier,
            Backends backends,
            Deployments deployments,
            Audit audit,
            TransactionTemplate transaction,
            Spans spans) {
        this.rows = rows;
        this.views = views;
        this.revocations = revocations;
        this.activation = activation;
        this.renewals = renewals;
        this.cuts = cuts;
        this.capacity = capacity;
        this.leaseGoneNotifier = leaseGoneNotifier;
        this.backends = backends;
        this.deployments = deployments;
        this.audit = audit;
        this.transaction = transaction;
        this.spans = spans;
    }

    @Override
    public Opened open(Task task, Tool tool, AuthorizationDetail granted, Basis basis) {
        UUID id = Ids.next();
        Optional<Backend> backend = backends.byName(tool.backend());
        AtomicBoolean active = new AtomicBoolean();
        LeaseRows.Ends ends = rows.insert(new LeaseRows.New(id, task, tool, binding(tool), granted, basis), term -> {
            Optional<String> reference = backend.flatMap(one -> one.reference(id, term));
            active.set(reference.isPresent());
            return reference;
        });
        Opened opened =
                new Opened(id, tool, granted, basis.cnf(), ends.lease(), ends.task(), active.get(), ends.status());
        if (opened.active()) {
            audit.record(LeaseActivation.event(opened, new Was("pending", task.agent(), task.id())));
        }
        return opened;
    }

    @Override
    public Optional<List<String>> datatypes(UUID lease) {
        return rows.datatypes(lease);
    }

    @Override
    public Optional<PolicyQuestion> question(UUID lease) {
        return rows.question(lease);
    }

    @Override
    public Issue issue(Opened lease, Map<String, Object> claims) {
        if (TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("A target is never asked inside a transaction: commit PENDING first (P1)");
        }
        AtomicInteger version = new AtomicInteger();
        AtomicReference<@Nullable String> recorded = new AtomicReference<>();
        Issuing made = spans.within("errand.backend", note -> {
            note.put("errand.backend", lease.tool().backend());
            note.put("errand.tool", lease.tool().name());
            note.put("errand.lease_id", lease.id().toString());
            Issuing result = make(lease, claims, version, recorded);
            note.put("errand.outcome", result.getClass().getSimpleName().toLowerCase(Locale.ROOT));
            return result;
        });
        return switch (made) {
            case Issuing.Issued issued ->
                lease.active()
                        ? new Issue.Live(lease, issued.validUntil(), issued.data())
                        : activate(lease, issued, version.get());
            case Issuing.Refused(String reason, boolean decided) -> {
                abandon(lease, "refused", reason, recorded.get());
                yield decided ? new Issue.Refused(lease, reason) : new Issue.Unavailable(lease, reason, null);
            }
            case Issuing.Unknown(String cause, Duration after) -> {
                abandon(lease, "unknown", cause, recorded.get());
                yield new Issue.Unavailable(lease, cause, after);
            }
        };
    }

    private Issuing make(
            Opened lease,
            Map<String, Object> claims,
            AtomicInteger version,
            AtomicReference<@Nullable String> recorded) {
        Optional<Backend> backend = backends.byName(lease.tool().backend());
        if (backend.isEmpty()) {
            return new Issuing.Refused(
                    "The service has no backend '" + lease.tool().backend() + "'.");
        }
        Order order = new Order(
                lease.id(), binding(lease.tool()), lease.actions(), lease.term(), lease.task(), claims, lease.listed());
        try {
            if (!lease.active() && deployments.isDoubted()) {
                return new Issuing.Refused(
                        "This database is a copy or was restored: nothing is made at a target until `errand"
                                + " deployment adopt` or `new`.");
            }
            return backend.get().issue(order, reference -> {
                boolean stillPending = Boolean.TRUE.equals(
                        transaction.execute(status -> rows.record(lease.id(), version.get(), reference)));
                if (stillPending) {
                    version.incrementAndGet();
                }
                recorded.set(reference);
                return stillPending;
            });
        } catch (RuntimeException e) {
            LOG.error(
                    "Backend {} failed while it issued for lease {}",
                    lease.tool().backend(),
                    lease.id(),
                    e);
            return new Issuing.Unknown("The backend failed: " + e, null);
        }
    }

    private Issue activate(Opened lease, Issuing.Issued issued, int version) {
        boolean active;
        try {
            active = activation.activate(lease, new LeaseRows.Made(lease.id(), version, issued.reference()));
        } catch (RuntimeException e) {
            // Whether it was committed is not known: either way nobody holds the credential, so it must go.
            LOG.error("Lease {} could not be activated", lease.id(), e);
            abandon(lease, "unknown", "activation failed: " + e, issued.reference());
            return new Issue.Unavailable(lease, "The lease could not be recorded.", null);
        }
        if (active) {
            return new Issue.Live(lease, issued.validUntil(), issued.data());
        }
        abandon(lease, "lost", "ended while its credential was being made", issued.reference());
        return new Issue.Lost(lease);
    }

    /** Hands what may have been made to the worker. If this fails too, the row's due time does the same later. */
    private void abandon(Opened lease, String reason, String cause, @Nullable String reference) {
        try {
            boolean live = Boolean.TRUE.equals(transaction.execute(status -> {
                Optional<Was> changed = rows.abandon(lease.id(), reason, cause);
                changed.filter(was -> !was.state().equals("revoking"))
                        .ifPresent(was -> audit.record(
                                event(reason.equals("refused") ? "lease.refused" : "lease.revoking", lease, was)
                                        .by(AuditEvent.BROKER)
                                        .outcome(reason)
                                        .with("cause", cause)));
                revocations.wake();
                return changed.isPresent();
            }));
            if (!live) {
                destroyLate(lease, reference);
            }
        } catch (RuntimeException e) {
            LOG.error("Lease {} could not be abandoned; it will be when it is due", lease.id(), e);
        }
    }

    /** The row is REVOKED: making took longer than {@code errand.lease.pending-timeout}, and the worker saw nothing there. */
    private void destroyLate(Opened lease, @Nullable String reference) {
        Destruction result = backends.byName(lease.tool().backend())
                .map(backend -> backend.destroy(new Backend.Remains(lease.id(), binding(lease.tool()), reference)))
                .orElseGet(() -> new Destruction.Gone("absent", "There is no such backend.", Map.of()));
        LOG.warn("Lease {} was made after it had been given up: {}", lease.id(), result);
        transaction.executeWithoutResult(status -> audit.record(AuditEvent.of("lease.late")
                .by(AuditEvent.BROKER)
                .lease(lease.id())
                .outcome(result instanceof Destruction.Gone ? "gone" : "unknown")
                .with("tool", lease.tool().name())
                .with("result", result.toString())));
    }

    static AuditEvent event(String kind, Opened lease, Was was) {
        return AuditEvent.of(kind)
                .agent(was.agent())
                .task(was.task())
                .lease(lease.id())
                .with("tool", lease.tool().name());
    }

    private static ToolBinding binding(Tool tool) {
        return new ToolBinding(tool.name(), tool.actions().stream().sorted().toList(), tool.config());
    }

    @Override
    public Optional<Held> hold(UUID lease, Tool tool, AuthorizationDetail granted, @Nullable Map<String, Object> cnf) {
        return rows.hold(lease)
                .map(held -> new Held(
                        new Opened(
                                lease,
                                tool,
                                granted,
                                cnf,
                                held.ends().lease(),
                                held.ends().task(),
                                true,
                                held.ends().status()),
                        held.half()));
    }

    @Override
    public boolean revoke(UUID lease, String reason, String who) {
        return revocations.of(new Scope(Scope.Kind.LEASE, lease.toString()), reason, who) > 0;
    }

    @Override
    public boolean anyRevokedByOperator(Collection<UUID> leases) {
        return revocations.anyByOperator(leases);
    }

    @Override
    public boolean anyLive(Scope scope) {
        return revocations.any(scope);
    }

    @Override
    public int revokeOf(Scope scope, String reason, String who) {
        return revocations.of(scope, reason, who);
    }

    @Override
    public void end(Scope scope, String reason, String who) {
        revocations.end(scope, null, reason, who);
    }

    @Override
    public Room room(String agent, int most, int wanted, List<UUID> instead) {
        return capacity.room(agent, most, wanted, instead);
    }

    @Override
    public Optional<Prolonged> prolong(UUID lease, Limits limits) {
        return renewals.prolong(lease, limits);
    }

    @Override
    public Optional<Cut> cut(UUID lease, Limits limits) {
        return cuts.to(lease, limits);
    }

    @Override
    public Renewal extend(Prolonged lease) {
        return renewals.extend(lease);
    }

    @Override
    public Optional<LeaseView> find(UUID lease) {
        return views.find(lease);
    }

    @Override
    public Optional<Ending> ending(UUID lease) {
        return views.ending(lease);
    }

    @Override
    public List<LeaseView> live(Live which, int limit) {
        return views.live(which, limit);
    }

    @Override
    public List<LeaseView> ofTask(UUID task) {
        return views.ofTask(task);
    }

    @Override
    public boolean awaitGone(UUID task, Duration atMost) {
        return leaseGoneNotifier.await(task, atMost, () -> !views.anyLiveOf(task));
    }
}
