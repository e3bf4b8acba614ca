package io.errand.broker.exchange;

import io.errand.api.AuthorizationDetail;
import io.errand.broker.approval.Approvals;
import io.errand.broker.approval.Approvals.Approved;
import io.errand.broker.audit.Audit;
import io.errand.broker.identity.Binding;
import io.errand.broker.identity.Identity;
import io.errand.broker.lease.Leases;
import io.errand.broker.task.Delegation;
import io.errand.broker.task.Delegations;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.interceptor.TransactionAspectSupport;

/** The transaction of a grant: task, PENDING leases, key and audit event are committed together, before anything is made (P1, P4). */
@Component
class Grants {

    private static final String SUPERSEDED = "superseded by a retry with the same Idempotency-Key";

    private final Ground ground;
    private final Tasks tasks;
    private final Delegations delegations;
    private final Lineage lineage;
    private final Leases leases;
    private final Idempotency idempotency;
    private final Admission admission;
    private final Approvals approvals;
    private final Openings openings;
    private final Remembrance remembrance;
    private final Audit audit;

    Grants(
            Ground ground,
            Tasks tasks,
            Delegations delegations,
            Lineage lineage,
            Leases leases,
            Idempotency idempotency,
            Admission admission,
            Approvals approvals,
            Openings openings,
            Remembrance remembrance,
            Audit audit) {
        this.ground = ground;
        this.tasks = tasks;
        this.delegations = delegations;
        this.lineage = lineage;
        this.leases = leases;
        this.idempotency = idempotency;
        this.admission = admission;
        this.approvals = approvals;
        this.openings = openings;
        this.remembrance = remembrance;
        this.audit = audit;
    }

    /**
     * A grant that is on record.
     *
     * @param fresh whether the task was declared by it
     */
    record Recorded(
            Task task,
            boolean fresh,
            List<AuthorizationDetail> granted,
            List<Leases.Opened> leases,
            Optional<String> key,
            UUID decision,
            Optional<Approved> approval) {

        List<UUID> leaseIds() {
            return leases.stream().map(Leases.Opened::id).toList();
        }
    }

    /** @param approval what a person approved, to be used by this grant; empty: nobody had to */
    @Transactional
    Step<Recorded> record(
            TokenRequest request,
            Caller caller,
            Work work,
            List<Permitted> permitted,
            Optional<Approved> approval,
            Trail trail) {
        Step<Recorded> recorded = decided(request, caller, work, permitted, approval, trail);
        if (recorded instanceof Step.Stopped) {
            // A refusal has one effect, its event, and that is written elsewhere (P4).
            TransactionAspectSupport.currentTransactionStatus().setRollbackOnly();
        }
        return recorded;
    }

    private Step<Recorded> decided(
            TokenRequest request,
            Caller caller,
            Work work,
            List<Permitted> permitted,
            Optional<Approved> approval,
            Trail trail) {
        Optional<String> key = Idempotency.key(request, caller);
        String hash = Idempotency.requestHash(request, caller, approval);
        return ground.hold(caller, work, permitted)
                .then(same -> admission.earlier(key, hash, approval))
                .then(earlier -> admission
                        .room(caller, permitted.size(), earlier)
                        .then(enough -> task(earlier, caller, work))
                        .then(held -> held.map(task -> Step.pass(new Begun(task, false)))
                                .orElseGet(() -> begin(caller, work, permitted)))
                        .then(begun -> used(approval, begun, key, earlier, trail))
                        .then(begun -> open(begun, work, permitted, new Terms(key, approval, caller.binding()), trail)))
                .then(made -> {
                    key.ifPresent(k -> idempotency.begin(k, hash, made.task().id(), made.leaseIds()));
                    return Step.pass(made);
                });
    }

    private record Terms(Optional<String> key, Optional<Approved> approval, Optional<Binding> holder) {

        @Nullable
        Map<String, Object> cnf() {
            return holder.map(Binding::cnf).orElse(null);
        }
    }

    /** An approval is used by one grant: by compare-and-set on its row, in this transaction. */
    private Step<Begun> used(
            Optional<Approved> approval, Begun begun, Optional<String> key, Idempotency.Earlier earlier, Trail trail) {
        Task task = begun.task();
        return approval.map(one -> approvals.use(
                                one,
                                new Approvals.Use(
                                        trail.decision(),
                                        task.id(),
                                        "agent:" + task.agent(),
                                        key.orElse(null),
                                        earlier instanceof Idempotency.Earlier.Same)))
                        .orElse(true)
                ? Step.pass(begun)
                : Step.stop(Refusal.invalidGrant("approval_used", "the approval was used by another grant, or ended"));
    }

    private Step<Optional<Task>> task(Idempotency.Earlier earlier, Caller caller, Work work) {
        return switch (earlier) {
            case Idempotency.Earlier.UnderWay() -> Step.stop(Refusal.underWay());
            case Idempotency.Earlier.OtherRequest() ->
                Step.stop(Refusal.invalidRequest(
                        "idempotency_key_reused",
                        "This Idempotency-Key was used for another request; take a new one."));
            case Idempotency.Earlier.Same(UUID first, List<UUID> made) -> again(first, made, caller);
            case Idempotency.Earlier.None() -> hold(caller, work);
        };
    }

    /**
     * Undoes a grant of which something could not be made: all or nothing.
     *
     * @param mayComeAgain whether what a person approved may be collected again
     */
    @Transactional
    void undo(Recorded grant, String reason, String who, boolean mayComeAgain) {
        boolean last = grant.key()
                .map(key -> idempotency.forget(key, grant.task().id(), grant.leaseIds()))
                .orElse(true);
        grant.approval()
                .filter(approval -> mayComeAgain)
                .ifPresent(approval -> approvals.giveBack(
                        approval, grant.decision(), grant.task().id()));
        if (grant.fresh() && last) {
            // If somebody else ended it meanwhile, they meant to: its delegation stays spent.
            if (tasks.end(grant.task().id(), Task.State.CANCELLED, null, null, who)) {
                delegations.giveBack(grant.task().id());
            }
        } else {
            grant.leases().forEach(lease -> leases.revoke(lease.id(), reason, who));
        }
    }

    private Step<Optional<Task>> hold(Caller caller, Work work) {
        if (work.existing().isEmpty()) {
            return Step.pass(Optional.empty());
        }
        return held(tasks.hold(work.existing().get(), named(caller))).then(task -> Step.pass(Optional.of(task)));
    }

    private Step<Optional<Task>> again(UUID first, List<UUID> made, Caller caller) {
        return held(tasks.hold(first)).then(task -> {
            made.forEach(lease ->
                    leases.revoke(lease, SUPERSEDED, "agent:" + caller.agent().name()));
            return Step.pass(Optional.of(tasks.renewToken(task.id())));
        });
    }

    private static List<String> named(Caller caller) {
        return caller.identities().stream().map(Identity::named).toList();
    }

    private static Step<Task> held(Optional<Task> held) {
        return held.map(Step::pass).orElseGet(() -> Step.stop(Refusal.untrusted("task_ended", "the task has ended")));
    }

    private record Begun(Task task, boolean fresh) {}

    private Step<Begun> begin(Caller caller, Work work, List<Permitted> permitted) {
        if (!tasks.hasRoom(caller.agent().id())) {
            return Step.stop(Refusal.full(
                    "agent_task_cap",
                    "This agent has as many tasks that have not ended as errand.task.max-live-per-agent allows; complete"
                            + " or cancel some, and try again."));
        }
        List<AuthorizationDetail> granted =
                permitted.stream().map(p -> p.wanted().granted()).toList();
        Tasks.Declared declared = new Tasks.Declared(
                caller.agent(),
                caller.workload().issuer(),
                named(caller),
                caller.subjectName(),
                work.type(),
                work.purpose(),
                work.declaration(),
                work.bounds().map(bounds -> bounds.within(caller.agent())).orElse(granted),
                work.ttl(),
                work.delegation().map(Delegation::parent).map(lineage::end).orElse(work.notAfter()),
                caller.binding().isPresent());
        if (work.delegation().isEmpty()) {
            return Step.pass(new Begun(tasks.declare(declared), true));
        }
        Delegation delegation = work.delegation().get();
        return switch (delegations.take(delegation, declared)) {
            case Delegations.Taken.Child(Task child) -> {
                remembrance.begun(child);
                yield Step.pass(new Begun(child, true));
            }
            case Delegations.Taken.ParentEnded() ->
                Step.stop(Refusal.untrusted("parent_ended", "the parent task, or one above it, has ended"));
            case Delegations.Taken.Spent() ->
                Step.stop(Refusal.untrusted(
                        "delegation_spent", "delegation " + delegation.id() + " was taken up before, or has ended"));
        };
    }

    private Step<Recorded> open(Begun begun, Work work, List<Permitted> permitted, Terms terms, Trail trail) {
        Task task = begun.task();
        trail.task(task.id());
        return openings.open(task, begun.fresh(), permitted, terms.cnf(), trail)
                .then(opened -> Step.pass(granted(begun, work, permitted, terms, opened, trail)));
    }

    private Recorded granted(
            Begun begun, Work work, List<Permitted> permitted, Terms terms, List<Leases.Opened> opened, Trail trail) {
        Task task = begun.task();
        remembrance.mark(task, permitted);
        audit.record(trail.event("exchange.granted")
                .outcome("granted")
                .with("on_behalf_of", task.onBehalfOf().orElse(null))
                .with("parent", task.parent().map(UUID::toString).orElse(null))
                .with("chain", task.actors().isEmpty() ? null : task.chain())
                .with("purpose", task.purpose())
                .with("prompt_sha256", work.declaration().promptSha256())
                .with(
                        "leases",
                        opened.stream().map(lease -> lease.id().toString()).toList())
                .with("expires_at", task.expiresAt().toString())
                .with(
                        "approval",
                        terms.approval().map(one -> one.id().toString()).orElse(null))
                .with("break_glass", Permitted.under(permitted)));
        List<AuthorizationDetail> granted =
                permitted.stream().map(p -> p.wanted().granted()).toList();
        return new Recorded(task, begun.fresh(), granted, opened, terms.key(), trail.decision(), terms.approval());
    }
}
