package io.errand.broker.task;

import io.errand.api.Json;
import io.errand.broker.shared.Ids;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

@Component
class DelegationTable implements Delegations {

    private final JdbcClient jdbc;
    private final TaskTable tasks;
    private final LiveTasks live;
    private final TaskProperties settings;

    DelegationTable(JdbcClient jdbc, TaskTable tasks, LiveTasks live, TaskProperties settings) {
        this.jdbc = jdbc;
        this.tasks = tasks;
        this.live = live;
        this.settings = settings;
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public boolean hasRoom(UUID agent) {
        return live.mayHandOn(agent);
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public Optional<Delegation> hand(Task parent, Handed handed) {
        if (children(parent.id()) >= settings.maxChildren()) {
            return Optional.empty();
        }
        UUID id = Ids.next();
        // Whole seconds, as the token's exp.
        jdbc.sql("""
                        INSERT INTO delegation (id, task_id, agent_id, agent, purpose, ceiling, expires_at)
                        SELECT :id, t.id, :agentId, :agent, :purpose, :ceiling::jsonb,
                               date_trunc('second', least(t.expires_at, now() + make_interval(secs => :ttl)))
                          FROM task t WHERE t.id = :task
                        """)
                .param("id", id)
                .param("agentId", handed.agent().id())
                .param("agent", handed.agent().name())
                .param("purpose", handed.purpose())
                .param("ceiling", Json.mapper().writeValueAsString(handed.ceiling()))
                .param("ttl", TaskTable.seconds(handed.ttl()))
                .param("task", parent.id())
                .update();
        return find(id);
    }

    /** Whoever adds one waits here for others who do, and counts what they committed. Uses the index delegation_task. */
    private int children(UUID parent) {
        jdbc.sql("SELECT pg_advisory_xact_lock(hashtextextended('errand children of ' || :task::text, 0))")
                .param("task", parent.toString())
                .query((row, n) -> true)
                .single();
        return jdbc.sql("""
                        SELECT count(*) FROM delegation d LEFT JOIN task child ON child.id = d.child_id
                         WHERE d.task_id = :task
                           AND CASE WHEN d.child_id IS NULL THEN d.expires_at > now()
                                    ELSE child.state = 'active' AND child.expires_at > now() END
                        """).param("task", parent).query(Integer.class).single();
    }

    @Override
    public Optional<Delegation> find(UUID id) {
        // Primary keys of both.
        return jdbc.sql("""
                        SELECT t.*, d.id AS handed_id, d.agent_id AS handed_to_id, d.agent AS handed_to,
                               d.purpose AS handed_purpose, d.ceiling AS handed_ceiling, d.expires_at AS handed_until
                          FROM delegation d JOIN task t ON t.id = d.task_id
                         WHERE d.id = :id
                        """)
                .param("id", id)
                .query((row, n) -> new Delegation(
                        row.getObject("handed_id", UUID.class),
                        Task.of(row),
                        row.getObject("handed_to_id", UUID.class),
                        row.getString("handed_to"),
                        row.getString("handed_purpose"),
                        Json.mapper().readValue(row.getString("handed_ceiling"), TaskTable.CEILING),
                        TaskTable.instant(row, "handed_until").orElseThrow()))
                .optional();
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public Taken take(Delegation delegation, Tasks.Declared declared) {
        Optional<Task> parent = tasks.hold(delegation.parent().id());
        if (parent.isEmpty()) {
            return new Taken.ParentEnded();
        }
        UUID child = Ids.next();
        // Two at once: the second waits for the first one's commit, and then finds child_id set.
        int taken =
                jdbc.sql("""
                        UPDATE delegation SET child_id = :child
                         WHERE id = :id AND child_id IS NULL AND expires_at > now()
                        """).param("child", child).param("id", delegation.id()).update();
        return taken == 1
                ? new Taken.Child(tasks.insert(child, parent, declared, end(delegation, declared)))
                : new Taken.Spent();
    }

    private static Instant end(Delegation delegation, Tasks.Declared declared) {
        Instant notAfter = declared.notAfter();
        return notAfter != null && notAfter.isBefore(delegation.expiresAt()) ? notAfter : delegation.expiresAt();
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public void giveBack(UUID child) {
        jdbc.sql("UPDATE delegation SET child_id = NULL WHERE child_id = :child")
                .param("child", child)
                .update();
    }
}
