package io.errand.broker.exchange;

import io.errand.api.Fingerprint;
import io.errand.api.TaskDeclaration;
import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Drift;
import io.errand.broker.identity.Identity;
import io.errand.broker.task.Delegation;
import io.errand.broker.task.Task;
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
        String purpose,
        Duration ttl,
        @Nullable Instant notAfter,
        boolean attested,
        boolean drifted,
        Task.Origin origin,
        Optional<String> implicitKey) {

    static final Duration SHORTEST = Duration.ofSeconds(1);

    static GrantStep<RequestedTask> of(TokenRequest request, Caller caller, Instant now) {
        return switch (caller.subject()) {
            case Caller.Subject.OwnTask(Task task) -> more(request, task, now);
            case Caller.Subject.Self self -> declared(request, caller.agent());
            case Caller.Subject.Person(Identity person, Optional<Mandate> mandate) ->
                declared(request, caller.agent()).then(work -> work.until(person.expiresAt(), now));
            case Caller.Subject.Delegated(Delegation delegation) ->
                declared(request, caller.agent()).then(work -> work.part(delegation, now));
        };
    }

    /** The person's token says until when the agent may act for them (P3): the task ends with it. */
    private GrantStep<RequestedTask> until(Instant end, Instant now) {
        Duration left = Duration.between(now, end);
        return left.compareTo(SHORTEST) < 0
                ? GrantStep.stop(Refusal.untrusted("expired", "the person's token ends before a task could begin"))
                : GrantStep.pass(new RequestedTask(
                        existing,
                        delegation,
                        declaration,
                        type,
                        purpose,
                        ttl,
                        end,
                        attested,
                        drifted,
                        origin,
                        implicitKey));
    }

    /** What nobody said anything of, and whose token nobody is to hold. */
    RequestedTask implicit(Optional<String> key) {
        return new RequestedTask(
                existing,
                delegation,
                declaration,
                type,
                purpose,
                ttl,
                notAfter,
                attested,
                drifted,
                Task.Origin.IMPLICIT,
                key);
    }

    /** An implicit one that is there already, as if more were asked for it; the person's token is this request's. */
    RequestedTask rejoining(Task task, Instant now) {
        return new RequestedTask(
                Optional.of(task),
                delegation,
                declaration,
                task.type(),
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
        String why = declaration.purpose() == null ? handed.purpose() : purpose;
        return left.compareTo(SHORTEST) < 0
                ? GrantStep.stop(Refusal.untrusted("expired", "the delegation ends before a task could begin"))
                : GrantStep.pass(new RequestedTask(
                        existing,
                        Optional.of(handed),
                        declaration,
                        type,
                        why,
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
    private static GrantStep<RequestedTask> more(TokenRequest request, Task task, Instant now) {
        Duration left = Duration.between(now, task.expiresAt());
        return TaskParameter.read(request)
                .then(
                        again -> again.equals(
                                        new TaskDeclaration(null, null, null, null, null, null, again.fingerprint()))
                                ? GrantStep.pass(new RequestedTask(
                                        Optional.of(task),
                                        Optional.empty(),
                                        again,
                                        task.type(),
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

    private static GrantStep<RequestedTask> declared(TokenRequest request, Agent agent) {
        return TaskParameter.read(request)
                .then(task -> type(task, agent).then(type -> fingerprint(task, agent, type, origin(request))));
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
            TaskDeclaration task, Agent agent, String type, Task.Origin origin) {
        Fingerprint now = task.fingerprint();
        Optional<String> changed =
                Optional.ofNullable(now).flatMap(declared -> Drift.between(agent.fingerprint(), declared));
        if (changed.isPresent() && agent.onDrift() == Agent.OnDrift.DENY) {
            return GrantStep.stop(drifted("the declared " + changed.get() + " differs from the registered one"));
        }
        Duration ttl = task.ttl() == null ? agent.maxTtl() : shorter(task.ttl(), agent.maxTtl());
        String purpose = task.purpose() == null ? agent.purpose() : task.purpose();
        return GrantStep.pass(new RequestedTask(
                Optional.empty(),
                Optional.empty(),
                task,
                type,
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
            case DENY -> GrantStep.stop(drifted(detail));
            case DEFER ->
                GrantStep.pass(new RequestedTask(
                        existing,
                        delegation,
                        declaration,
                        type,
                        purpose,
                        ttl,
                        notAfter,
                        attested,
                        true,
                        origin,
                        implicitKey));
        };
    }

    private static Refusal drifted(String detail) {
        return Refusal.accessDenied(
                "fingerprint_changed",
                "This agent is not made of what was registered; its owner must register the change.",
                detail);
    }

    Map<String, Object> context() {
        return declaration.context() == null ? Map.of() : declaration.context();
    }

    private static <T> GrantStep<T> bad(String reason, String description) {
        return GrantStep.stop(Refusal.invalidRequest(reason, description));
    }
}
