package io.errand.broker.task;

import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.task.Tasks.Cancelled;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * How tasks end, and all that are below them with them. Whoever makes a child holds every task above it, so that a change of one
 * waits for the child to be committed, and the statements after the change find it.
 */
@Component
class Endings {

    private final JdbcClient jdbc;
    private final Audit audit;
    private final ApplicationEventPublisher events;

    Endings(JdbcClient jdbc, Audit audit, ApplicationEventPublisher events) {
        this.jdbc = jdbc;
        this.audit = audit;
        this.events = events;
    }

    @Transactional(propagation = Propagation.MANDATORY)
    boolean end(UUID id, Task.State state, @Nullable String outcome, @Nullable String summary, String who) {
        Optional<Task> ended = jdbc.sql("""
                        UPDATE task SET state = :state, outcome = :outcome, summary = :summary, ended_at = now()
                        WHERE id = :id AND state = 'active'
                        RETURNING *
                        """)
                .param("id", id)
                .param("state", state.word())
                .param("outcome", outcome)
                .param("summary", summary)
                .query(TaskTable::task)
                .optional();
        ended.ifPresent(task -> {
            announce(task, who);
            cancelBelow(List.of(id), who);
        });
        return ended.isPresent();
    }

    /** Uses the index task_agent. */
    @Transactional(propagation = Propagation.MANDATORY)
    void cancelHandedOn(String agent, String who) {
        cancelBelow(
                jdbc.sql("SELECT id FROM task WHERE agent = :agent AND state = 'active' ORDER BY id FOR UPDATE")
                        .param("agent", agent)
                        .query(UUID.class)
                        .list(),
                who);
    }

    private void cancelBelow(List<UUID> parents, String who) {
        for (Ended child : endBelow(parents)) {
            audit.record(child.event(who));
            events.publishEvent(new TaskEnded(child.id, Task.State.CANCELLED, who));
        }
    }

    @Transactional(propagation = Propagation.MANDATORY)
    Cancelled cancelAll(Scope scope, String who) {
        // In the order of their ids, so that two sweeps wait for each other instead of dying of a deadlock.
        List<Ended> ended = jdbc.sql("""
                        WITH matching AS (SELECT t.id FROM task t WHERE t.state = 'active' AND %s ORDER BY t.id FOR UPDATE)
                        UPDATE task SET state = 'cancelled', ended_at = now()
                          FROM matching WHERE task.id = matching.id
                        RETURNING task.id, task.agent, task.subject
                        """.formatted(scope.kind().tasks()))
                .param("id", scope.value())
                .query((row, n) -> new Ended(
                        row.getObject("id", UUID.class), row.getString("agent"), row.getString("subject"), null))
                .list();
        List<Ended> below = endBelow(ended.stream().map(Ended::id).toList());
        List<Ended> all = Stream.concat(ended.stream(), below.stream()).toList();
        audit.recordAll(all.stream().map(task -> task.event(who)).toList());
        if (!all.isEmpty()) {
            events.publishEvent(new TasksEnded(all.stream().map(Ended::id).toList(), Task.State.CANCELLED, who));
        }
        return new Cancelled(
                ended.stream().map(Ended::id).toList(),
                below.stream().map(Ended::id).toList());
    }

    /** A level at a time, each with the index task_parent. */
    private List<Ended> endBelow(List<UUID> ended) {
        List<Ended> all = new ArrayList<>();
        List<UUID> level = ended;
        while (!level.isEmpty()) {
            List<Ended> children = jdbc.sql("""
                            WITH matching AS (SELECT id FROM task WHERE parent_id = ANY (:parents::uuid[]) AND state = 'active'
                                               ORDER BY id FOR UPDATE)
                            UPDATE task SET state = 'cancelled', ended_at = now()
                              FROM matching WHERE task.id = matching.id
                            RETURNING task.id, task.agent, task.subject, task.parent_id
                            """)
                    .param("parents", level.stream().map(UUID::toString).toArray(String[]::new))
                    .query((row, n) -> new Ended(
                            row.getObject("id", UUID.class),
                            row.getString("agent"),
                            row.getString("subject"),
                            row.getObject("parent_id", UUID.class)))
                    .list();
            all.addAll(children);
            level = children.stream().map(Ended::id).toList();
        }
        return all;
    }

    /**
     * A task that was cancelled.
     *
     * @param subject for whom it was
     * @param with the parent whose end was its end too
     */
    private record Ended(
            UUID id, String agent, String subject, @Nullable UUID with) {

        AuditEvent event(String who) {
            return AuditEvent.of("task.cancelled")
                    .by(who)
                    .agent(agent)
                    .task(id)
                    .with("on_behalf_of", subject.startsWith("person:") ? subject : null)
                    .with("ended_with", with == null ? null : with.toString());
        }
    }

    /**
     * Ends what is overdue, a batch at a time; rows that another replica holds are left to it. No child is due later than its
     * parent, so each comes by itself.
     */
    @Transactional
    int expireOverdue(int most) {
        // Uses the index task_due.
        List<Task> expired =
                jdbc.sql("""
                        UPDATE task SET state = 'expired', ended_at = now()
                        WHERE id IN (SELECT id FROM task WHERE state = 'active' AND expires_at <= now()
                                     ORDER BY expires_at FOR UPDATE SKIP LOCKED LIMIT :most)
                        RETURNING *
                        """).param("most", most).query(TaskTable::task).list();
        expired.forEach(task -> announce(task, AuditEvent.BROKER));
        return expired.size();
    }

    private void announce(Task task, String who) {
        audit.record(AuditEvent.of("task." + task.state().word())
                .by(who)
                .agent(task.agent())
                .task(task.id())
                .outcome(task.outcome().orElse(null))
                .with("on_behalf_of", task.onBehalfOf().orElse(null))
                .with("summary", task.summary().orElse(null)));
        events.publishEvent(new TaskEnded(task.id(), task.state(), who));
    }
}
