package io.errand.broker.grant;

import io.errand.api.Fingerprint;
import io.errand.api.TaskDeclaration;
import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Drift;
import io.errand.broker.caller.AttestedFingerprint;
import io.errand.broker.caller.Caller;
import io.errand.broker.caller.DelegationLimits;
import io.errand.broker.caller.GrantStep;
import io.errand.broker.caller.Mandate;
import io.errand.broker.caller.Refusal;
import io.errand.broker.caller.TaskLimits;
import io.errand.broker.caller.TaskParameter;
import io.errand.broker.caller.TokenRequest;
import io.errand.broker.caller.TypedPurpose;
import io.errand.broker.identity.Identity;
import io.errand.broker.task.Delegation;
import io.errand.broker.task.Task;
import io.errand.broker.tasktype.TaskType;
import io.errand.broker.tasktype.TaskTypes;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The task of a request: one that it declares, a part of another task that it takes up, or one that exists.
 *
 * @param existing the task that it has
 * @param delegation what it takes up
 * @param registered its type, as it is registered; empty: nobody registered it
 * @param notAfter the end of the person's token, which a task that acts by it never outlives; null: there is none
 * @param attested whether it declared what it is made of
 * @param drifted whether that is something else than it was, and its owner may approve it
 * @param origin whether its agent said what it is, and is to hold its token
 * @param implicitKey what an implicit task is found by when it is asked for again; empty: it never is
 */
record RequestedTask(
        Optional<Task> existing,
        Optional<Delegation> delegation,
        TaskDeclaration declaration,
        String type,
        Optional<TaskType> registered,
        String purpose,
        Duration ttl,
        @Nullable Instant notAfter,
        boolean attested,
        boolean drifted,
        Task.Origin origin,
        Optional<String> implicitKey) {

    /** The reason of a refusal because of what the agent is made of. */
    static final String DRIFTED = "fingerprint_changed";

    static GrantStep<RequestedTask> of(TokenRequest request, Caller caller, TaskTypes types, Instant now) {
        return switch (caller.subject()) {
            case Caller.Subject.OwnTask(Task task) -> more(request, caller, task, types, now);
            case Caller.Subject.Self self -> declared(request, caller, types);
            case Caller.Subject.Person(Identity person, Optional<Mandate> mandate) ->
                declared(request, caller, types).then(work -> work.until(person.expiresAt(), now));
            case Caller.Subject.Delegated(Delegation delegation) ->
                declared(request, caller, types).then(work -> work.part(delegation, now));
        };
    }

    /** The person's token says until when the agent may act for them (P3): the task ends with it. */
    private GrantStep<RequestedTask> until(Instant end, Instant now) {
        Duration left = Duration.between(now, end);
        return left.compareTo(TaskParameter.SHORTEST) < 0
                ? GrantStep.stop(Refusal.untrusted("expired", "the person's token ends before a task could begin"))
                : GrantStep.pass(with(end, drifted, origin, implicitKey));
    }

    private RequestedTask with(@Nullable Instant end, boolean isDrifted, Task.Origin from, Optional<String> key) {
        return new RequestedTask(
                existing, delegation, declaration, type, registered, purpose, ttl, end, attested, isDrifted, from, key);
    }

    /** What nobody said anything of, and whose token nobody is to hold. */
    RequestedTask implicit(Optional<String> key) {
        return with(notAfter, drifted, Task.Origin.IMPLICIT, key);
    }

    /** An implicit one that is there already, as if more were asked for it; the person's token is this request's. */
    RequestedTask rejoining(Task task, Instant now) {
        return new RequestedTask(
                Optional.of(task),
                delegation,
                declaration,
                task.type(),
                registered,
                task.purpose(),
                Duration.between(now, task.expiresAt()),
                notAfter,
                attested,
                drifted,
                origin,
                implicitKey);
    }

    private GrantStep<RequestedTask> part(Delegation handed, Instant now) {
        Duration left = Duration.between(now, handed.expiresAt());
        boolean isSaid = declaration.purpose() != null
                || registered.flatMap(TaskType::purpose).isPresent();
        return left.compareTo(TaskParameter.SHORTEST) < 0
                ? GrantStep.stop(Refusal.untrusted("expired", "the delegation ends before a task could begin"))
                : GrantStep.pass(new RequestedTask(
                        existing,
                        Optional.of(handed),
                        declaration,
                        type,
                        registered,
                        isSaid ? purpose : handed.purpose(),
                        ttl,
                        null,
                        attested,
                        drifted,
                        Task.Origin.DECLARED,
                        Optional.empty()));
    }

    /** How far below the top it is. */
    int depth() {
        return existing.map(Task::depth)
                .or(() -> delegation.map(handed -> handed.parent().depth() + 1))
                .orElse(0);
    }

    /** The top of the tree that it is in, if that is there already. */
    Optional<UUID> root() {
        return existing.map(Task::root)
                .or(() -> delegation.map(handed -> handed.parent().root()));
    }

    /** Empty: it is declared now, and its own first grant is its ceiling. */
    Optional<TaskLimits> bounds() {
        return existing.map(TaskLimits::of).or(() -> delegation.map(TaskLimits::of));
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    /** More for a task that it has: it is declared already, and only what the agent is made of may be said again. */
    private static GrantStep<RequestedTask> more(
            TokenRequest request, Caller caller, Task task, TaskTypes types, Instant now) {
        Duration left = Duration.between(now, task.expiresAt());
        return declaration(request, caller)
                .then(
                        again -> again.equals(
                                        new TaskDeclaration(null, null, null, null, null, null, again.fingerprint()))
                                ? GrantStep.pass(new RequestedTask(
                                        Optional.of(task),
                                        Optional.empty(),
                                        again,
                                        task.type(),
                                        types.named(task.type()),
                                        task.purpose(),
                                        left,
                                        null,
                                        again.fingerprint() != null,
                                        false,
                                        task.origin(),
                                        Optional.empty()))
                                : bad(
                                        "task_declared_twice",
                                        "Beside a task token, task has no member but fingerprint: the task is declared already."));
    }

    private static GrantStep<RequestedTask> declared(TokenRequest request, Caller caller, TaskTypes types) {
        Agent agent = caller.agent();
        return declaration(request, caller)
                .then(task -> type(task, agent).then(name -> {
                    Optional<TaskType> type = types.named(name);
                    return TypedPurpose.of(task, type, agent)
                            .then(purpose -> fingerprint(task, agent, name, type, purpose, origin(request)));
                }));
    }

    private static GrantStep<TaskDeclaration> declaration(TokenRequest request, Caller caller) {
        return TaskParameter.read(request).then(task -> AttestedFingerprint.in(task, caller));
    }

    /** How long it may last, if it is declared now. */
    Duration longest(Agent agent) {
        return DelegationLimits.longest(agent, registered);
    }

    private static Task.Origin origin(TokenRequest request) {
        return request.task() == null ? Task.Origin.ASSUMED : Task.Origin.DECLARED;
    }

    private static GrantStep<String> type(TaskDeclaration task, Agent agent) {
        if (task.type() == null) {
            return agent.taskTypes().size() == 1
                    ? GrantStep.pass(agent.taskTypes().iterator().next())
                    : bad("task_type_missing", "task.type is required: this agent has several task types.");
        }
        return agent.taskTypes().contains(task.type())
                ? GrantStep.pass(task.type())
                : bad("task_type_unknown", "task.type is not one of this agent's task types.");
    }

    private static GrantStep<RequestedTask> fingerprint(
            TaskDeclaration task,
            Agent agent,
            String type,
            Optional<TaskType> registered,
            String purpose,
            Task.Origin origin) {
        Fingerprint now = task.fingerprint();
        Optional<Drift> changed =
                Optional.ofNullable(now).flatMap(declared -> Drift.between(agent.fingerprint(), declared));
        if (changed.isPresent() && agent.onDrift() != Agent.OnDrift.DEFER) {
            return GrantStep.stop(drifted(changed.get().detail()));
        }
        Duration most = DelegationLimits.longest(agent, registered);
        Duration ttl = task.ttl() == null ? most : shorter(task.ttl(), most);
        return GrantStep.pass(new RequestedTask(
                Optional.empty(),
                Optional.empty(),
                task,
                type,
                registered,
                purpose,
                ttl,
                null,
                now != null,
                changed.isPresent(),
                origin,
                Optional.empty()));
    }

    /** It is not what its task began with: the agent says whether that is refused, or for its owner to approve. */
    GrantStep<RequestedTask> changed(Agent agent, String detail) {
        return switch (agent.onDrift()) {
            case DENY, SUSPEND -> GrantStep.stop(drifted(detail));
            case DEFER -> GrantStep.pass(with(notAfter, true, origin, implicitKey));
        };
    }

    private static Refusal drifted(String detail) {
        return Refusal.accessDenied(
                DRIFTED, "This agent is not made of what was registered; its owner must register the change.", detail);
    }

    Map<String, Object> context() {
        return declaration.context() == null ? Map.of() : declaration.context();
    }

    private static <T> GrantStep<T> bad(String reason, String description) {
        return GrantStep.stop(Refusal.invalidRequest(reason, description));
    }
}
