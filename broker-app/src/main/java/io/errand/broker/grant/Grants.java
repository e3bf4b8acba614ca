package io.errand.broker.grant;

import io.errand.api.AuthorizationDetail;
import io.errand.broker.approval.Approvals;
import io.errand.broker.approval.Approvals.Approved;
import io.errand.broker.audit.Audit;
import io.errand.broker.caller.Caller;
import io.errand.broker.caller.DecisionTrace;
import io.errand.broker.caller.GrantStep;
import io.errand.broker.caller.Refusal;
import io.errand.broker.caller.TokenRequest;
import io.errand.broker.identity.KeyBinding;
import io.errand.broker.lease.Leases;
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

    private final GrantPreconditions grantPreconditions;
    private final Tasks tasks;
    private final Delegations delegations;
    private final GrantedTasks grantedTasks;
    private final ImplicitTasks implicitTasks;
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
            GrantedTasks grantedTasks,
            ImplicitTasks implicitTasks,
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
        this.grantedTasks = grantedTasks;
        this.implicitTasks = implicitTasks;
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
     * @param rejoined whether the lease was there before, and is issued again
     */
    record Recorded(
            Task task,
            boolean fresh,
            boolean rejoined,
            List<PermittedAccess> permitted,
            List<Leases.Opened> leases,
            Optional<String> key,
            UUID decision,
            Optional<Approved> approval) {

        List<AuthorizationDetail> granted() {
            return PermittedAccess.granted(permitted);
        }

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
        Terms terms = new Terms(key, approval, caller.binding());
        return grantPreconditions
                .hold(caller, requestedTask, permitted)
                .then(same -> grantAdmission.earlier(key, hash, approval))
                .then(earlier -> implicitTasks
                        .hold(requestedTask, permitted, terms.cnf())
                        .then(again -> grantAdmission
                                .room(caller, again.isPresent() ? 0 : permitted.size(), earlier)
                                .then(enough -> grantedTasks.of(earlier, caller, requestedTask, permitted))
                                .then(begun -> used(approval, begun, key, earlier, decisionTrace))
                                .then(begun -> open(again, begun, requestedTask, permitted, terms, decisionTrace)
                                        .map(opening -> granted(
                                                begun, requestedTask, permitted, terms, opening, decisionTrace)))))
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
    private GrantStep<GrantedTasks.Begun> used(
            Optional<Approved> approval,
            GrantedTasks.Begun begun,
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
        } else if (!grant.rejoined()) {
            grant.leases().forEach(lease -> leases.revoke(lease.id(), reason, who));
        }
    }

    private GrantStep<Opening> open(
            Optional<Leases.Opened> again,
            GrantedTasks.Begun begun,
            RequestedTask requestedTask,
            List<PermittedAccess> permitted,
            Terms terms,
            DecisionTrace decisionTrace) {
        Task task = begun.task();
        decisionTrace.task(task.id());
        return again.map(lease -> GrantStep.pass(new Opening(List.of(lease), true)))
                .orElseGet(() -> leaseOpening
                        .open(task, begun.fresh(), requestedTask.notAfter(), permitted, terms.cnf(), decisionTrace)
                        .map(opened -> new Opening(opened, false)));
    }

    /** @param rejoined whether they were there before */
    private record Opening(List<Leases.Opened> leases, boolean rejoined) {}

    private Recorded granted(
            GrantedTasks.Begun begun,
            RequestedTask requestedTask,
            List<PermittedAccess> permitted,
            Terms terms,
            Opening opening,
            DecisionTrace decisionTrace) {
        Task task = begun.task();
        List<Leases.Opened> opened = opening.leases();
        implicitTasks.begun(requestedTask, task, opened);
        sessionMarks.mark(task, permitted);
        audit.record(decisionTrace
                .event("exchange.granted")
                .outcome("granted")
                .with("on_behalf_of", task.onBehalfOf().orElse(null))
                .with("parent", task.parent().map(UUID::toString).orElse(null))
                .with("chain", task.actors().isEmpty() ? null : task.chain())
                .with("vouched", task.vouched().orElse(null))
                .with("purpose", task.purpose())
                .with("prompt_sha256", requestedTask.declaration().promptSha256())
                .with(
                        "leases",
                        opened.stream().map(lease -> lease.id().toString()).toList())
                .with("expires_at", task.expiresAt().toString())
                .with("implicit", task.origin() == Task.Origin.IMPLICIT ? true : null)
                .with("rejoined", opening.rejoined() ? true : null)
                .with(
                        "approval",
                        terms.approval().map(one -> one.id().toString()).orElse(null))
                .with("break_glass", PermittedAccess.under(permitted)));
        return new Recorded(
                task,
                begun.fresh(),
                opening.rejoined(),
                permitted,
                opened,
                terms.key(),
                decisionTrace.decision(),
                terms.approval());
    }
}
