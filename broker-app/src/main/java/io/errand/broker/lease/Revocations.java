package io.errand.broker.lease;

import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.task.TaskEnded;
import io.errand.broker.tool.LiveLeasesOfTool;
import java.util.List;
import java.util.UUID;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Makes leases REVOKING, in the transaction of what ended them. */
@Component
class Revocations implements LiveLeasesOfTool {

    /** Whom {@link LeaseListener} hears. */
    static final String CHANNEL = "errand_lease";

    private final JdbcClient jdbc;
    private final Audit audit;

    Revocations(JdbcClient jdbc, Audit audit) {
        this.jdbc = jdbc;
        this.audit = audit;
    }

    @EventListener
    @Transactional(propagation = Propagation.MANDATORY)
    void on(TaskEnded ended) {
        revoke("task_id = :id", ended.task(), "task_" + ended.state().word(), ended.who());
    }

    @Transactional
    int one(UUID lease, String reason, String who) {
        return revoke("id = :id", lease, reason, who);
    }

    @Transactional
    int ofTask(UUID task, String reason, String who) {
        return revoke("task_id = :id", task, reason, who);
    }

    @Transactional
    int ofAgent(String agent, String reason, String who) {
        return revoke("agent = :id", agent, reason, who);
    }

    boolean anyOfAgent(String agent) {
        return any("agent = :id", agent);
    }

    @Override
    public boolean any(String tool) {
        return any("tool = :id", tool);
    }

    @Override
    @Transactional
    public void revoke(String tool, String reason, String who) {
        revoke("tool = :id", tool, reason, who);
    }

    /** Wakes the workers of all replicas when the transaction under way commits. */
    void wake() {
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
    private int revoke(String scope, Object id, String reason, String who) {
        List<Revoked> revoked = jdbc.sql("""
                        UPDATE lease SET due_at = CASE WHEN state = 'pending' THEN due_at ELSE now() END,
                                         state = 'revoking', version = version + 1, reason = :reason, revoking_at = now()
                         WHERE state IN ('pending', 'active') AND
                        """ + scope + " RETURNING id, task_id, agent, tool")
                .param("reason", reason)
                .param("id", id)
                .query((row, n) -> new Revoked(
                        row.getObject("id", UUID.class),
                        row.getObject("task_id", UUID.class),
                        row.getString("agent"),
                        row.getString("tool")))
                .list();
        for (Revoked lease : revoked) {
            audit.record(AuditEvent.of("lease.revoking")
                    .by(who)
                    .agent(lease.agent)
                    .task(lease.task)
                    .lease(lease.id)
                    .outcome(reason)
                    .with("tool", lease.tool));
        }
        if (!revoked.isEmpty()) {
            wake();
        }
        return revoked.size();
    }

    private record Revoked(UUID id, UUID task, String agent, String tool) {}

    private boolean any(String scope, Object id) {
        return jdbc.sql("SELECT EXISTS (SELECT 1 FROM lease WHERE state <> 'revoked' AND " + scope + ")")
                .param("id", id)
                .query(Boolean.class)
                .single();
    }
}
