package io.errand.broker.exchange;

import io.errand.api.AuthorizationDetail;
import io.errand.broker.audit.Audit;
import io.errand.broker.lease.Leases;
import io.errand.broker.lock.Locks;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** The transaction of a grant: task, PENDING leases, key and audit event are committed together, before anything is made (P1, P4). */
@Component
class Grants {

    private static final String SUPERSEDED = "superseded by a retry with the same Idempotency-Key";

    private final Tasks tasks;
    private final Leases leases;
    private final Idempotency idempotency;
    private final Locks locks;
    private final Audit audit;

    Grants(Tasks tasks, Leases leases, Idempotency idempotency, Locks locks, Audit audit) {
        this.tasks = tasks;
        this.leases = leases;
        this.locks = locks;
        this.idempotency = idempotency;
        this.audit = audit;
    }

    /** What policy permitted for one tool; {@code maxTtl} null: it set none. */
    record Permitted(Wanted wanted, @Nullable Duration maxTtl, List<String> policies) {}

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
            Optional<String> key) {}

    @Transactional
    Step<Recorded> record(TokenRequest request, Caller caller, Work work, List<Permitted> permitted, Trail trail) {
        Optional<Locks.Lock> lock = locks.holdOff(subjects(caller, work, permitted));
        if (lock.isPresent()) {
            return Step.stop(Refusal.accessDenied(
                    "locked",
                    "This was stopped by an operator; ask the agent's owner.",
                    "lock " + lock.get().id() + " on " + lock.get().scope().json()));
        }
        Optional<String> key = Idempotency.key(request, caller);
        String hash = Idempotency.requestHash(request, caller);
        Idempotency.Earlier earlier = key.map(k -> idempotency.look(k, hash)).orElseGet(Idempotency.Earlier.None::new);
        Step<Optional<Task>> task = switch (earlier) {
            case Idempotency.Earlier.UnderWay() -> Step.stop(Refusal.underWay());
            case Idempotency.Earlier.OtherRequest() ->
                Step.stop(Refusal.invalidRequest(
                        "idempotency_key_reused",
                        "This Idempotency-Key was used for another request; take a new one."));
            case Idempotency.Earlier.Same(UUID first, List<UUID> made) -> again(first, made, caller);
            case Idempotency.Earlier.None() -> hold(work);
        };
        return task.then(held -> open(held, caller, work, permitted, key, hash, trail));
    }

    private static Locks.Subjects subjects(Caller caller, Work work, List<Permitted> permitted) {
        String subject = caller.subjectName();
        return new Locks.Subjects(
                caller.agent().name(),
                caller.agent().owner(),
                subject.startsWith("person:") ? subject : null,
                work.existing().map(Task::id).orElse(null),
                work.existing().map(Task::root).orElse(null),
                caller.workload().issuer(),
                permitted.stream().map(p -> p.wanted().tool().name()).toList());
    }

    /** Undoes a grant of which something could not be made: all or nothing. */
    @Transactional
    void undo(Recorded grant, String reason, String who) {
        grant.key().ifPresent(idempotency::forget);
        if (grant.fresh()) {
            tasks.end(grant.task().id(), Task.State.CANCELLED, null, null, who);
        } else {
            grant.leases().forEach(lease -> leases.revoke(lease.id(), reason, who));
        }
    }

    private Step<Optional<Task>> hold(Work work) {
        if (work.existing().isEmpty()) {
            return Step.pass(Optional.empty());
        }
        return held(work.existing().get().id()).then(task -> Step.pass(Optional.of(task)));
    }

    private Step<Optional<Task>> again(UUID first, List<UUID> made, Caller caller) {
        return held(first).then(task -> {
            made.forEach(lease ->
                    leases.revoke(lease, SUPERSEDED, "agent:" + caller.agent().name()));
            return Step.pass(Optional.of(tasks.renewToken(task.id())));
        });
    }

    private Step<Task> held(UUID id) {
        return tasks.hold(id)
                .map(Step::pass)
                .orElseGet(() -> Step.stop(Refusal.untrusted("task_ended", "the task has ended")));
    }

    private Step<Recorded> open(
            Optional<Task> held,
            Caller caller,
            Work work,
            List<Permitted> permitted,
            Optional<String> key,
            String hash,
            Trail trail) {
        List<AuthorizationDetail> granted =
                permitted.stream().map(p -> p.wanted().granted()).toList();
        Task task = held.orElseGet(() -> tasks.declare(new Tasks.Declared(
                caller.agent(),
                caller.workload().issuer(),
                caller.subjectName(),
                work.type(),
                work.purpose(),
                work.declaration(),
                granted,
                work.ttl())));
        trail.task(task.id());
        List<Leases.Opened> opened = new ArrayList<>();
        for (Permitted p : permitted) {
            opened.add(leases.open(task, p.wanted().tool(), p.wanted().actions(), shortest(p)));
        }
        key.ifPresent(k -> idempotency.begin(
                k, hash, task.id(), opened.stream().map(Leases.Opened::id).toList()));
        audit.record(trail.event("exchange.granted")
                .outcome("granted")
                .with("on_behalf_of", task.onBehalfOf().orElse(null))
                .with("purpose", task.purpose())
                .with("prompt_sha256", work.declaration().promptSha256())
                .with(
                        "leases",
                        opened.stream().map(lease -> lease.id().toString()).toList())
                .with("expires_at", task.expiresAt().toString()));
        return Step.pass(new Recorded(task, held.isEmpty(), granted, opened, key));
    }

    private static @Nullable Duration shortest(Permitted permitted) {
        Duration ofTool = permitted.wanted().tool().maxTtl().orElse(null);
        Duration ofPolicy = permitted.maxTtl();
        if (ofTool == null || ofPolicy == null) {
            return ofTool == null ? ofPolicy : ofTool;
        }
        return ofTool.compareTo(ofPolicy) <= 0 ? ofTool : ofPolicy;
    }
}
