package io.errand.broker.lease;

import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.lock.Locks;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.task.LockScope;
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
    private final ScopeNames names;
    private final Audit audit;

    KillSwitch(JdbcClient jdbc, Locks locks, Tasks tasks, Revocations revocations, ScopeNames names, Audit audit) {
        this.jdbc = jdbc;
        this.locks = locks;
        this.tasks = tasks;
        this.revocations = revocations;
        this.names = names;
        this.audit = audit;
    }

    /**
     * What is ordered.
     *
     * @param lock whether a lock stands afterwards
     * @param evenIfUnknown whether a name that nothing has is locked ahead of time; otherwise it is a mistake, and changes nothing
     */
    record Order(LockScope scope, String reason, boolean lock, boolean evenIfUnknown) {}

    @Transactional
    Result<UUID> revoke(Order order, String who) {
        jdbc.sql("SELECT pg_advisory_xact_lock(:sweeps)")
                .param("sweeps", SWEEPS)
                .query((row, n) -> true)
                .single();
        boolean unknown = !names.isKnown(order.scope());
        if (unknown && !order.evenIfUnknown()) {
            return Result.refused(unknown(order.scope()));
        }
        return Result.ok(carriedOut(order, named(order.scope()), unknown, who));
    }

    private UUID carriedOut(Order order, LockScope scope, boolean unknown, String who) {
        String reason = order.reason();
        Optional<UUID> standing =
                order.lock() ? Optional.of(locks.set(scope, reason, who).id()) : Optional.empty();
        UUID id = Ids.next();
        jdbc.sql("""
                        INSERT INTO revocation (id, scope_kind, scope_value, reason, who, lock_id, unknown)
                        VALUES (:id, :kind, :value, :reason, :who, :lock, :unknown)
                        """)
                .param("id", id)
                .param("kind", scope.kind().word())
                .param("value", scope.value())
                .param("reason", reason)
                .param("who", who)
                .param("lock", standing.orElse(null))
                .param("unknown", unknown)
                .update();
        // Tasks before leases: whoever activates a lease holds its task first.
        Tasks.Cancelled ended = tasks.cancelAll(scope, who);
        revocations.sweep(scope, id, "revoked: " + reason, who);
        revocations.sweep(ended.below(), id, "revoked: " + reason, who);
        audit.record(AuditEvent.of("revocation.ordered")
                .by(who)
                .agent(scope.kind() == LockScope.Kind.AGENT ? scope.value() : null)
                .with("revocation", id.toString())
                .with("scope", scope.json())
                .with("reason", reason)
                .with("lock", standing.map(UUID::toString).orElse(null))
                .with("unknown", unknown ? true : null)
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

    private Problem unknown(LockScope scope) {
        List<String> nearest = names.nearest(scope);
        Problem problem =
                Problem.notFound("Nothing is known by the " + scope.kind().word() + " '" + scope.value() + "'"
                        + (nearest.isEmpty() ? "." : "; did you mean " + String.join(" or ", nearest) + "?")
                        + " Nothing was changed. To lock a name ahead of time, repeat with even_if_unknown: true.");
        return nearest.isEmpty() ? problem : problem.with("nearest", nearest);
    }
}
