package io.errand.broker.grant;

import io.errand.broker.caller.Caller;
import io.errand.broker.caller.DelegationLimits;
import io.errand.broker.caller.GrantStep;
import io.errand.broker.caller.Refusal;
import io.errand.broker.lease.Leases;
import io.errand.broker.task.Delegation;
import io.errand.broker.task.Delegations;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** The task of a grant: declared by it, taken up, or held against its end. In the grant's transaction. */
@Component
class GrantedTasks {

    private static final String SUPERSEDED = "superseded by a retry with the same Idempotency-Key";

    private final Tasks tasks;
    private final Delegations delegations;
    private final DelegationLimits delegationLimits;
    private final SessionMarks sessionMarks;
    private final Leases leases;

    GrantedTasks(
            Tasks tasks,
            Delegations delegations,
            DelegationLimits delegationLimits,
            SessionMarks sessionMarks,
            Leases leases) {
        this.tasks = tasks;
        this.delegations = delegations;
        this.delegationLimits = delegationLimits;
        this.sessionMarks = sessionMarks;
        this.leases = leases;
    }

    /** @param fresh whether it was declared just now */
    record Begun(Task task, boolean fresh) {}

    GrantStep<Begun> of(
            Idempotency.Earlier earlier, Caller caller, RequestedTask requestedTask, List<PermittedAccess> permitted) {
        return task(earlier, caller, requestedTask)
                .then(held -> held.map(task -> GrantStep.pass(new Begun(task, false)))
                        .orElseGet(() -> begin(caller, requestedTask, permitted)));
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

    private GrantStep<Optional<Task>> hold(Caller caller, RequestedTask requestedTask) {
        if (requestedTask.existing().isEmpty()) {
            return GrantStep.pass(Optional.empty());
        }
        Optional<Task> held = tasks.hold(requestedTask.existing().get(), caller.named());
        return held.isEmpty() && requestedTask.origin() == Task.Origin.IMPLICIT
                ? GrantStep.stop(Refusal.implicitTaskChanged())
                : held(held).map(task -> Optional.of(task));
    }

    private GrantStep<Optional<Task>> again(UUID first, List<UUID> made, Caller caller) {
        return held(tasks.hold(first)).then(task -> {
            made.forEach(lease ->
                    leases.revoke(lease, SUPERSEDED, "agent:" + caller.agent().name()));
            return GrantStep.pass(Optional.of(tasks.renewToken(task.id())));
        });
    }

    private static GrantStep<Task> held(Optional<Task> held) {
        return held.map(GrantStep::pass)
                .orElseGet(() -> GrantStep.stop(Refusal.untrusted("task_ended", "the task has ended")));
    }

    private GrantStep<Begun> begin(Caller caller, RequestedTask requestedTask, List<PermittedAccess> permitted) {
        if (!tasks.hasRoom(caller.agent().id())) {
            return GrantStep.stop(Refusal.full(
                    "agent_task_cap",
                    "This agent has as many tasks that have not ended as errand.task.max-live-per-agent allows; complete"
                            + " or cancel some, and try again."));
        }
        Tasks.Declared declared = new Tasks.Declared(
                caller.agent(),
                caller.workload().issuer(),
                caller.named(),
                caller.subjectName(),
                requestedTask.type(),
                requestedTask.purpose(),
                requestedTask.declaration(),
                requestedTask
                        .bounds()
                        .map(bounds -> bounds.within(caller.agent()))
                        .orElseGet(() -> PermittedAccess.granted(permitted)),
                requestedTask.ttl(),
                requestedTask
                        .delegation()
                        .map(Delegation::parent)
                        .map(delegationLimits::end)
                        .orElse(requestedTask.notAfter()),
                caller.binding().isPresent(),
                requestedTask.origin(),
                caller.vouched());
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
}
