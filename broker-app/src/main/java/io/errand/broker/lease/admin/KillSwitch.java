package io.errand.broker.lease.admin;

import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.lease.LeaseSweeps.Swept;
import io.errand.broker.lease.Revocations;
import io.errand.broker.lock.Locks;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.task.Scope;
import io.errand.broker.task.Tasks;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
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
    record Order(Scope scope, String reason, boolean lock, boolean evenIfUnknown) {}

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
        return Result.ok(carriedOut(order, named(order.scope()), unknown, who).revocation());
    }

    /** The same without a lock, where something else keeps new ones from coming, in the transaction under way. */
    @Transactional(propagation = Propagation.MANDATORY)
    Swept end(Scope scope, String reason, String who) {
        return carriedOut(new Order(scope, reason, false, false), scope, false, who);
    }

    /** No lease outlives its task, so that where none goes on there is nothing to end. */
    @Transactional(propagation = Propagation.MANDATORY)
    Optional<Swept> endIfAny(Scope scope, String reason, String who) {
        return tasks.anyActive(scope) ? Optional.of(end(scope, reason, who)) : Optional.empty();
    }

    private Swept carriedOut(Order order, Scope scope, boolean unknown, String who) {
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
        int cancelled = revocations.end(scope, id, "revoked: " + reason, who);
        audit.record(AuditEvent.of("revocation.ordered")
                .by(who)
                .agent(scope.agent())
                .with("revocation", id.toString())
                .with("scope", scope.json())
                .with("reason", reason)
                .with("lock", standing.map(UUID::toString).orElse(null))
                .with("unknown", unknown ? true : null)
                .with("tasks_cancelled", cancelled));
        return new Swept(id, cancelled);
    }

    /** A tree is known by its top, whichever of its tasks was named. */
    private Scope named(Scope scope) {
        return scope.kind() == Scope.Kind.TASK_TREE
                ? Ids.parse(scope.value())
                        .flatMap(tasks::find)
                        .map(task -> new Scope(scope.kind(), task.root().toString()))
                        .orElse(scope)
                : scope;
    }

    private Problem unknown(Scope scope) {
        List<String> nearest = names.nearest(scope);
        Problem problem =
                Problem.notFound("Nothing is known by the " + scope.kind().word() + " '" + scope.value() + "'"
                        + (nearest.isEmpty() ? "." : "; did you mean " + String.join(" or ", nearest) + "?")
                        + " Nothing was changed. To lock a name ahead of time, repeat with even_if_unknown: true.");
        return nearest.isEmpty() ? problem : problem.with("nearest", nearest);
    }
}
