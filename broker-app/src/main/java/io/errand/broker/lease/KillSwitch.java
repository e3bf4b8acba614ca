package io.errand.broker.lease;

import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.lock.LockScope;
import io.errand.broker.lock.Locks;
import io.errand.broker.shared.Ids;
import io.errand.broker.task.Tasks;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * A revocation, in one transaction: the lock, the end of the tasks, the leases. Once it is committed nothing of its scope is
 * granted, activated or said to be active by any replica; what was in the making loses its compare-and-set.
 */
@Component
class KillSwitch {

    /** Sweeps without a lock do not pass the grants' gate; this keeps them in turn. */
    private static final long SWEEPS = 0x6572_7261_6e64_0002L;

    private final JdbcClient jdbc;
    private final Locks locks;
    private final Tasks tasks;
    private final Revocations revocations;
    private final Audit audit;

    KillSwitch(JdbcClient jdbc, Locks locks, Tasks tasks, Revocations revocations, Audit audit) {
        this.jdbc = jdbc;
        this.locks = locks;
        this.tasks = tasks;
        this.revocations = revocations;
        this.audit = audit;
    }

    @Transactional
    UUID revoke(LockScope asked, String reason, boolean lock, String who) {
        jdbc.sql("SELECT pg_advisory_xact_lock(:sweeps)")
                .param("sweeps", SWEEPS)
                .query((row, n) -> true)
                .single();
        LockScope scope = named(asked);
        Optional<UUID> standing =
                lock ? Optional.of(locks.set(scope, reason, who).id()) : Optional.empty();
        UUID id = Ids.next();
        jdbc.sql("""
                        INSERT INTO revocation (id, scope_kind, scope_value, reason, who, lock_id)
                        VALUES (:id, :kind, :value, :reason, :who, :lock)
                        """)
                .param("id", id)
                .param("kind", scope.kind().word())
                .param("value", scope.value())
                .param("reason", reason)
                .param("who", who)
                .param("lock", standing.orElse(null))
                .update();
        // Tasks before leases: whoever activates a lease holds its task first.
        Tasks.Cancelled ended = endTasks(scope, who);
        revocations.sweep(scope, id, "revoked: " + reason, who);
        revocations.sweep(ended.below(), id, "revoked: " + reason, who);
        audit.record(AuditEvent.of("revocation.ordered")
                .by(who)
                .agent(scope.kind() == LockScope.Kind.AGENT ? scope.value() : null)
                .with("revocation", id.toString())
                .with("scope", scope.json())
                .with("reason", reason)
                .with("lock", standing.map(UUID::toString).orElse(null))
                .with("tasks_cancelled", ended.tasks()));
        return id;
    }

    /** A tree is known by its top, whichever of its tasks was named. */
    private LockScope named(LockScope scope) {
        return scope.kind() == LockScope.Kind.TASK_TREE
                ? Ids.parse(scope.value())
                        .flatMap(tasks::find)
                        .map(task -> new LockScope(scope.kind(), task.root().toString()))
                        .orElse(scope)
                : scope;
    }

    private Tasks.Cancelled endTasks(LockScope scope, String who) {
        return switch (scope.kind()) {
            case AGENT -> tasks.cancelAll(Tasks.Scope.AGENT, scope.value(), who);
            case OWNER -> tasks.cancelAll(Tasks.Scope.OWNER, scope.value(), who);
            case PERSON -> tasks.cancelAll(Tasks.Scope.PERSON, scope.value(), who);
            case ISSUER -> tasks.cancelAll(Tasks.Scope.ISSUER, scope.value(), who);
            case TASK -> tasks.cancelAll(Tasks.Scope.TASK, scope.value(), who);
            case TASK_TREE -> tasks.cancelAll(Tasks.Scope.TREE, scope.value(), who);
            case ALL -> tasks.cancelAll(Tasks.Scope.ALL, scope.value(), who);
            case TOOL, LEASE -> new Tasks.Cancelled(0, List.of());
        };
    }
}
