package io.errand.broker.reassessment;

import io.errand.broker.agent.AgentChanged;
import io.errand.broker.exception.ExceptionEnded;
import io.errand.broker.lease.Leases;
import io.errand.broker.lock.Locks;
import io.errand.broker.policy.PoliciesChanged;
import io.errand.broker.risk.RiskRaised;
import io.errand.broker.shared.Ids;
import io.errand.broker.tasktype.TaskTypeChanged;
import io.errand.broker.tool.ToolChanged;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Which leases are to be decided again: a row is written in the transaction of the change, and goes when that is done. */
@Component
class Reassessments {

    private final JdbcClient jdbc;
    private final Locks locks;

    Reassessments(JdbcClient jdbc, Locks locks) {
        this.jdbc = jdbc;
        this.locks = locks;
    }

    /**
     * What is to be done.
     *
     * @param agent null: any
     * @param tool null: any
     * @param taskType null: any
     * @param root only of this tree; null: of any
     * @param round a grant may have been under way when the change was committed, so there is a second one
     * @param begunAt when this round began; leases that came later were decided by what is in force now
     * @param after the last lease looked at in this round
     * @param undecided whether for some of them nobody could decide
     */
    record Due(
            UUID id,
            @Nullable String agent,
            @Nullable String tool,
            @Nullable String taskType,
            @Nullable UUID root,
            String cause,
            String who,
            int round,
            OffsetDateTime begunAt,
            @Nullable UUID after,
            boolean undecided) {

        Leases.Live which() {
            return new Leases.Live(agent, tool, taskType, root, begunAt, after);
        }
    }

    @EventListener
    @Transactional(propagation = Propagation.MANDATORY)
    void on(PoliciesChanged change) {
        // A grant that was decided by what was in force before is there when this is worked at, or finds that it has
        // changed.
        locks.awaitGrants();
        insert(change.agent(), change.tool(), change.cause(), change.who());
    }

    @EventListener
    @Transactional(propagation = Propagation.MANDATORY)
    void on(TaskTypeChanged change) {
        locks.awaitGrants();
        insert(null, null, change.name(), null, "task type " + change.name() + " changed", change.who());
    }

    @EventListener
    @Transactional(propagation = Propagation.MANDATORY)
    void on(AgentChanged change) {
        String name = change.after().name();
        insert(name, null, "agent " + name + " changed", change.who());
    }

    @EventListener
    @Transactional(propagation = Propagation.MANDATORY)
    void on(ToolChanged change) {
        String name = change.after().name();
        insert(null, name, "tool " + name + " changed", change.who());
    }

    @EventListener
    @Transactional(propagation = Propagation.MANDATORY)
    void on(ExceptionEnded change) {
        locks.awaitGrants();
        insert(change.agent(), null, "exception " + change.name() + " ended", change.who());
    }

    @EventListener
    @Transactional(propagation = Propagation.MANDATORY)
    void on(RiskRaised change) {
        locks.awaitGrants();
        insert(change.agent(), null, null, change.root(), "risk raised", change.who());
    }

    private void insert(@Nullable String agent, @Nullable String tool, String cause, String who) {
        insert(agent, tool, null, null, cause, who);
    }

    private void insert(
            @Nullable String agent,
            @Nullable String tool,
            @Nullable String taskType,
            @Nullable UUID root,
            String cause,
            String who) {
        jdbc.sql("""
                        INSERT INTO reassessment (id, agent, tool, task_type, root, cause, who)
                        VALUES (:id, :agent, :tool, :type, :root, :cause, :who)
                        """)
                .param("id", Ids.next())
                .param("agent", agent)
                .param("tool", tool)
                .param("type", taskType)
                .param("root", root)
                .param("cause", cause)
                .param("who", who)
                .update();
    }

    /** One that is due; should its claimant die, it comes back in a minute. */
    @Transactional
    Optional<Due> claim() {
        // Index reassessment_due.
        return jdbc.sql("""
                        UPDATE reassessment SET due_at = now() + interval '1 minute', begun_at = coalesce(begun_at, now())
                         WHERE id = (SELECT id FROM reassessment WHERE due_at <= now()
                                      ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
                        RETURNING id, agent, tool, task_type, root, cause, who, round, begun_at, after, undecided
                        """).query(Due.class).optional();
    }

    /** There are more leases after this one. */
    @Transactional
    void goOn(Due due, UUID after, boolean undecided) {
        update(due, due.round(), after.toString(), due.undecided() || undecided, "0 seconds");
    }

    /** This round has seen all of them. */
    @Transactional
    void finish(Due due, boolean undecided) {
        if (due.undecided() || undecided) {
            update(due, due.round(), null, false, "5 seconds");
        } else if (due.round() == 1) {
            // Longer than from a decision to the commit of its grant.
            update(due, 2, null, false, "15 seconds");
        } else {
            jdbc.sql("DELETE FROM reassessment WHERE id = :id")
                    .param("id", due.id())
                    .update();
        }
    }

    private void update(Due due, int round, @Nullable String after, boolean undecided, String pause) {
        jdbc.sql("""
                        UPDATE reassessment SET begun_at = CASE round WHEN :round THEN begun_at END,
                                                round = :round, after = :after::uuid, undecided = :undecided,
                                                due_at = now() + :pause::interval
                         WHERE id = :id
                        """)
                .param("round", round)
                .param("after", after)
                .param("undecided", undecided)
                .param("pause", pause)
                .param("id", due.id())
                .update();
    }
}
