package io.errand.broker.exchange;

import io.errand.api.AuthorizationDetail;
import io.errand.broker.approval.Approvals;
import io.errand.broker.approval.Approvals.Approved;
import io.errand.broker.audit.Audit;
import io.errand.broker.identity.Identity;
import io.errand.broker.identity.KeyBinding;
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

    private final GrantPreconditions grantPreconditions;
    private final Tasks tasks;
    private final Delegations delegations;
    private final DelegationLimits delegationLimits;
    private final Leases leases;
    private final Idempotency idempotency;
    private final GrantAdmission grantAdmission;
    private final Approvals approvals;
    private final LeaseOpening leaseOpening;
    private final SessionMarks sessionMarks;
    private final Audit audit;

    Grants(
            GrantPreconditions grantPreconditions,
            Tasks tasks,
            Delegations delegations,
            DelegationLimits delegationLimits,
            Leases leases,
            Idempotency idempotency,
            GrantAdmission grantAdmission,
            Approvals approvals,
            LeaseOpening leaseOpening,
            SessionMarks sessionMarks,
            Audit audit) {
        this.grantPreconditions = grantPreconditions;
        this.tasks = tasks;
        this.delegations = delegations;
        this.delegationLimits = delegationLimits;
        this.leases = leases;
        this.idempotency = idempotency;
        this.grantAdmission = grantAdmission;
        this.approvals = approvals;
        this.leaseOpening = leaseOpening;
        this.sessionMarks = sessionMarks;
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
    GrantStep<Recorded> record(
            TokenRequest request,
            Caller caller,
            RequestedTask requestedTask,
            List<PermittedAccess> permitted,
            Optional<Approved> approval,
            DecisionTrace decisionTrace) {
        GrantStep<Recorded> recorded = decided(request, caller, requestedTask, permitted, approval, decisionTrace);
        if (recorded instanceof GrantStep.Stopped) {
            // A refusal has one effect, its event, and that is written elsewhere (P4).
            TransactionAspectSupport.currentTransactionStatus().setRollbackOnly();
        }
        return recorded;
    }

    private GrantStep<Recorded> decided(
            TokenRequest request,
            Caller caller,
            RequestedTask requestedTask,
            List<PermittedAccess> permitted,
            Optional<Approved> approval,
            DecisionTrace decisionTrace) {
        Optional<String> key = Idempotency.key(request, caller);
        String hash = Idempotency.requestHash(request, caller, approval);
        return grantPreconditions
                .hold(caller, requestedTask, permitted)
                .then(same -> grantAdmission.earlier(key, hash, approval))
                .then(earlier -> grantAdmission
                        .room(caller, permitted.size(), earlier)
                        .then(enough -> task(earlier, caller, requestedTask))
                        .then(held -> held.map(task -> GrantStep.pass(new Begun(task, false)))
                                .orElseGet(() -> begin(caller, requestedTask, permitted)))
                        .then(begun -> used(approval, begun, key, earlier, decisionTrace))
                        .then(begun -> open(
                                begun,
                                requestedTask,
                                permitted,
                                new Terms(key, approval, caller.binding()),
                                decisionTrace)))
                .then(made -> {
                    key.ifPresent(k -> idempotency.begin(k, hash, made.task().id(), made.leaseIds()));
                    return GrantStep.pass(made);
                });
    }

    private record Terms(Optional<String> key, Optional<Approved> approval, Optional<KeyBinding> holder) {

        @Nullable
        Map<String, Object> cnf() {
            return holder.map(KeyBinding::cnf).orElse(null);
        }
    }

    /** An approval is used by one grant: by compare-and-set on its row, in this transaction. */
    private GrantStep<Begun> used(
            Optional<Approved> approval,
            Begun begun,
            Optional<String> key,
            Idempotency.Earlier earlier,
            DecisionTrace decisionTrace) {
        Task task = begun.task();
        return approval.map(one -> approvals.use(
                                one,
                                new Approvals.Use(
                                        decisionTrace.decision(),
                                        task.id(),
                                        "agent:" + task.agent(),
                                        key.orElse(null),
                                        earlier instanceof Idempotency.Earlier.Same)))
                        .orElse(true)
                ? GrantStep.pass(begun)
                : GrantStep.stop(
                        Refusal.invalidGrant("approval_used", "the approval was used by another grant, or ended"));
    }

    private GrantStep<Optional<Task>> task(Idempotency.Earlier earlier, Caller caller, RequestedTask requestedTask) {
        return switch (earlier) {
            case Idempotency.Earlier.UnderWay() -> GrantStep.stop(Refusal.underWay());
            case Idempotency.Earlier.OtherRequest() ->
                GrantStep.stop(Refusal.invalidRequest(
                        "idempotency_key_reused",
                        "This Idempotency-Key was used for another request; take a new one."));
            case Idempotency.Earlier.Same(UUID first, List<UUID> made) -> again(first, made, caller);
            case Idempotency.Earlier.None() -> hold(caller, requestedTask);
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

    private GrantStep<Optional<Task>> hold(Caller caller, RequestedTask requestedTask) {
        if (requestedTask.existing().isEmpty()) {
            return GrantStep.pass(Optional.empty());
        }
        return held(tasks.hold(requestedTask.existing().get(), named(caller)))
                .then(task -> GrantStep.pass(Optional.of(task)));
    }

    private GrantStep<Optional<Task>> again(UUID first, List<UUID> made, Caller caller) {
        return held(tasks.hold(first)).then(task -> {
            made.forEach(lease ->
                    leases.revoke(lease, SUPERSEDED, "agent:" + caller.agent().name()));
            return GrantStep.pass(Optional.of(tasks.renewToken(task.id())));
        });
    }

    private static List<String> named(Caller caller) {
        return caller.identities().stream().map(Identity::named).toList();
    }

    private static GrantStep<Task> held(Optional<Task> held) {
        return held.map(GrantStep::pass)
                .orElseGet(() -> GrantStep.stop(Refusal.untrusted("task_ended", "the task has ended")));
    }

    private record Begun(Task task, boolean fresh) {}

    private GrantStep<Begun> begin(Caller caller, RequestedTask requestedTask, List<PermittedAccess> permitted) {
        if (!tasks.hasRoom(caller.agent().id())) {
            return GrantStep.stop(Refusal.full(
                    "agent_task_cap",
                    "This agent has as many tasks that have not ended as errand.task.max-live-per-agent allows; complete"
                            + " or cancel some, and try again."));
        }
        List<AuthorizationDetail> granted =
                permitted.stream().map(p -> p.requestedAccess().granted()).toList();
        Tasks.Declared declared = new Tasks.Declared(
                caller.agent(),
                caller.workload().issuer(),
                named(caller),
                caller.subjectName(),
                requestedTask.type(),
                requestedTask.purpose(),
                requestedTask.declaration(),
                requestedTask
                        .bounds()
                        .map(bounds -> bounds.within(caller.agent()))
                        .orElse(granted),
                requestedTask.ttl(),
                requestedTask
                        .delegation()
                        .map(Delegation::parent)
                        .map(delegationLimits::end)
                        .orElse(requestedTask.notAfter()),
                caller.binding().isPresent());
        if (requestedTask.delegation().isEmpty()) {
            return GrantStep.pass(new Begun(tasks.declare(declared), true));
        }
        Delegation delegation = requestedTask.delegation().get();
        return switch (delegations.take(delegation, declared)) {
            case Delegations.Taken.Child(Task child) -> {
                sessionMarks.begun(child);
                yield GrantStep.pass(new Begun(child, true));
            }
            case Delegations.Taken.ParentEnded() ->
                GrantStep.stop(Refusal.untrusted("parent_ended", "the parent task, or one above it, has ended"));
            case Delegations.Taken.Spent() ->
                GrantStep.stop(Refusal.untrusted(
                        "delegation_spent", "delegation " + delegation.id() + " was taken up before, or has ended"));
        };
    }

    private GrantStep<Recorded> open(
            Begun begun,
            RequestedTask requestedTask,
            List<PermittedAccess> permitted,
            Terms terms,
            DecisionTrace decisionTrace) {
        Task task = begun.task();
        decisionTrace.task(task.id());
        return leaseOpening
                .open(task, begun.fresh(), permitted, terms.cnf(), decisionTrace)
                .then(opened -> GrantStep.pass(granted(begun, requestedTask, permitted, terms, opened, decisionTrace)));
    }

    private Recorded granted(
            Begun begun,
            RequestedTask requestedTask,
            List<PermittedAccess> permitted,
            Terms terms,
            List<Leases.Opened> opened,
            DecisionTrace decisionTrace) {
        Task task = begun.task();
        sessionMarks.mark(task, permitted);
        audit.record(decisionTrace
                .event("exchange.granted")
                .outcome("granted")
                .with("on_behalf_of", task.onBehalfOf().orElse(null))
                .with("parent", task.parent().map(UUID::toString).orElse(null))
                .with("chain", task.actors().isEmpty() ? null : task.chain())
                .with("purpose", task.purpose())
                .with("prompt_sha256", requestedTask.declaration().promptSha256())
                .with(
                        "leases",
                        opened.stream().map(lease -> lease.id().toString()).toList())
                .with("expires_at", task.expiresAt().toString())
                .with(
                        "approval",
                        terms.approval().map(one -> one.id().toString()).orElse(null))
                .with("break_glass", PermittedAccess.under(permitted)));
        List<AuthorizationDetail> granted =
                permitted.stream().map(p -> p.requestedAccess().granted()).toList();
        return new Recorded(
                task, begun.fresh(), granted, opened, terms.key(), decisionTrace.decision(), terms.approval());
    }
}
