package io.errand.broker.lease;

import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.task.Scope;
import io.errand.broker.task.TaskEnded;
import io.errand.broker.task.Tasks;
import io.errand.broker.tool.LiveLeasesOfTool;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Makes leases REVOKING, in the transaction of what ended them. */
@Component
public class Revocations implements LiveLeasesOfTool {

    /** The channel on which every replica hears that leases are due. */
    public static final String CHANNEL = "errand_lease";

    private final JdbcClient jdbc;
    private final Tasks tasks;
    private final Audit audit;

    Revocations(JdbcClient jdbc, Tasks tasks, Audit audit) {
        this.jdbc = jdbc;
        this.tasks = tasks;
        this.audit = audit;
    }

    @EventListener
    @Transactional(propagation = Propagation.MANDATORY)
    void on(TaskEnded ended) {
        of(Scope.task(ended.task()), "task_" + ended.state().word(), ended.who());
    }

    public @Transactional int of(Scope scope, String reason, String who) {
        return revoke(scope.kind().leases(), scope.value(), null, reason, who);
    }

    @Transactional(propagation = Propagation.MANDATORY)
    public void all(Collection<UUID> leases, String reason, String who) {
        String[] ids = leases.stream().map(UUID::toString).toArray(String[]::new);
        revoke("l.id = ANY (:id::uuid[])", ids, null, reason, who);
    }

    /**
     * Ends all of a scope, and the tasks below its tasks with their leases.
     *
     * @param revocation in whose manifest each live lease gets a row, those that are REVOKING already too; null: in none
     * @return how many tasks
     */
    @Transactional(propagation = Propagation.MANDATORY)
    public int end(Scope scope, @Nullable UUID revocation, String reason, String who) {
        // Tasks before leases: whoever activates a lease holds its task first.
        Tasks.Cancelled ended = tasks.cancelAll(scope, who);
        List<UUID> holders = new ArrayList<>(ended.below());
        if (scope.kind() == Scope.Kind.WORKLOAD) {
            holders.addAll(ended.own()); // no index finds identities of tasks that are not active any more
        } else {
            sweep(scope.kind().leases(), scope.value(), revocation, reason, who);
        }
        if (!holders.isEmpty()) {
            String[] ids = holders.stream().map(UUID::toString).toArray(String[]::new);
            sweep("l.task_id = ANY (:id::uuid[])", ids, revocation, reason, who);
        }
        return ended.tasks();
    }

    private void sweep(String condition, Object id, @Nullable UUID revocation, String reason, String who) {
        revoke(condition, id, revocation, reason, who);
        if (revocation != null) {
            jdbc.sql(
                            "INSERT INTO revocation_lease SELECT :revocation, l.id FROM lease l WHERE l.state = 'revoking' AND "
                                    + condition + " ON CONFLICT DO NOTHING")
                    .param("revocation", revocation)
                    .param("id", id)
                    .update();
        }
    }

    /** Held until the transaction under way is over: a revocation that comes later waits, and finds them as that leaves them. */
    public boolean anyByOperator(Collection<UUID> leases) {
        String[] ids = leases.stream().map(UUID::toString).toArray(String[]::new);
        return jdbc.sql(
                        "SELECT revocation_id IS NOT NULL FROM lease WHERE id = ANY (:ids::uuid[]) ORDER BY id FOR UPDATE")
                .param("ids", ids)
                .query(Boolean.class)
                .list()
                .contains(true);
    }

    public boolean any(Scope scope) {
        return jdbc.sql("SELECT EXISTS (SELECT 1 FROM lease l WHERE l.state <> 'revoked' AND "
                        + scope.kind().leases() + ")")
                .param("id", scope.value())
                .query(Boolean.class)
                .single();
    }

    @Override
    public boolean any(String tool) {
        return any(new Scope(Scope.Kind.TOOL, tool));
    }

    @Override
    @Transactional
    public void revoke(String tool, String reason, String who) {
        of(new Scope(Scope.Kind.TOOL, tool), reason, who);
    }

    /** Wakes the workers of all replicas when the transaction under way commits. */
    public void wake() {
        jdbc.sql("SELECT pg_notify(:channel, '')")
                .param("channel", CHANNEL)
                .query((row, n) -> true)
                .single();
    }

    /**
     * One statement, whose row locks are its compare-and-set. A PENDING lease keeps its due time: its credential may be in the
     * making, and who looks now would see nothing and call it gone. Its maker says when it may be looked at; if the maker is
     * dead, the due time does.
     */
    private int revoke(String scope, Object id, @Nullable UUID revocation, String reason, String who) {
        // In the order of their ids, so that two of these wait for each other instead of dying of a deadlock.
        List<Revoked> revoked = jdbc.sql("""
                        WITH matching AS (SELECT l.id FROM lease l WHERE l.state IN ('pending', 'active') AND %s ORDER BY l.id FOR UPDATE)
                        UPDATE lease SET due_at = CASE WHEN state = 'pending' THEN due_at ELSE now() END,
                                         state = 'revoking', version = version + 1, reason = :reason, revoking_at = now(),
                                         revocation_id = :revocation::uuid
                          FROM matching WHERE lease.id = matching.id
                        RETURNING lease.id, task_id, agent, tool
                        """.formatted(scope))
                .param("reason", reason)
                .param("id", id)
                .param("revocation", revocation == null ? null : revocation.toString())
                .query((row, n) -> new Revoked(
                        row.getObject("id", UUID.class),
                        row.getObject("task_id", UUID.class),
                        row.getString("agent"),
                        row.getString("tool")))
                .list();
        audit.recordAll(revoked.stream()
                .map(lease -> AuditEvent.of("lease.revoking")
                        .by(who)
                        .agent(lease.agent)
                        .task(lease.task)
                        .lease(lease.id)
                        .outcome(reason)
                        .with("tool", lease.tool)
                        .with("revocation", revocation == null ? null : revocation.toString()))
                .toList());
        if (!revoked.isEmpty()) {
            wake();
        }
        return revoked.size();
    }

    private record Revoked(UUID id, UUID task, String agent, String tool) {}
}
