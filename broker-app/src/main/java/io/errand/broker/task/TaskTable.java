package io.errand.broker.task;

import io.errand.api.AuthorizationDetail;
import io.errand.api.Json;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.web.Search;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.core.type.TypeReference;

@Component
class TaskTable implements Tasks {

    private static final TypeReference<List<AuthorizationDetail>> CEILING = new TypeReference<>() {};

    private final JdbcClient jdbc;
    private final Audit audit;
    private final ApplicationEventPublisher events;

    TaskTable(JdbcClient jdbc, Audit audit, ApplicationEventPublisher events) {
        this.jdbc = jdbc;
        this.audit = audit;
        this.events = events;
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public Task declare(Declared declared) {
        UUID id = Ids.next();
        // Whole seconds: the token's exp (RFC 7519 §4.1.4) and the row must name the same instant.
        return jdbc.sql("""
                        INSERT INTO task (id, root_id, depth, agent_id, agent, owner, issuer, subject, type, purpose, declaration,
                                          ceiling, token_id, state, expires_at)
                        VALUES (:id, :id, 0, :agentId, :agent, :owner, :issuer, :subject, :type, :purpose,
                                :declaration::jsonb, :ceiling::jsonb, :token, 'active', date_trunc('second', now() + make_interval(secs => :ttl)))
                        RETURNING *
                        """)
                .param("id", id)
                .param("agentId", declared.agent().id())
                .param("agent", declared.agent().name())
                .param("owner", declared.agent().owner())
                .param("issuer", declared.issuer())
                .param("subject", declared.subject())
                .param("type", declared.type())
                .param("purpose", declared.purpose())
                .param("declaration", Json.mapper().writeValueAsString(declared.declaration()))
                .param("ceiling", Json.mapper().writeValueAsString(declared.ceiling()))
                .param("token", Ids.next())
                .param("ttl", declared.ttl().toSeconds())
                .query(TaskTable::task)
                .single();
    }

    @Override
    public Optional<Task> find(UUID id) {
        return jdbc.sql("SELECT * FROM task WHERE id = :id")
                .param("id", id)
                .query(TaskTable::task)
                .optional();
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public Optional<Task> hold(UUID id) {
        return jdbc.sql("SELECT * FROM task WHERE id = :id AND state = 'active' AND expires_at > now() FOR SHARE")
                .param("id", id)
                .query(TaskTable::task)
                .optional();
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public Task renewToken(UUID id) {
        return jdbc.sql("UPDATE task SET token_id = :token WHERE id = :id RETURNING *")
                .param("id", id)
                .param("token", Ids.next())
                .query(TaskTable::task)
                .single();
    }

    @Override
    @Transactional
    public boolean end(UUID id, Task.State state, @Nullable String outcome, @Nullable String summary, String who) {
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
        ended.ifPresent(task -> announce(task, who));
        return ended.isPresent();
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public int cancelAll(Scope scope, String value, String who) {
        // In the order of their ids, so that two sweeps wait for each other instead of dying of a deadlock.
        List<Cancelled> cancelled = jdbc.sql("""
                        WITH matching AS (SELECT id FROM task WHERE state = 'active' AND %s ORDER BY id FOR UPDATE)
                        UPDATE task SET state = 'cancelled', ended_at = now()
                          FROM matching WHERE task.id = matching.id
                        RETURNING task.id, task.agent
                        """.formatted(condition(scope)))
                .param("value", value)
                .query((row, n) -> new Cancelled(row.getObject("id", UUID.class), row.getString("agent")))
                .list();
        audit.recordAll(cancelled.stream()
                .map(task -> AuditEvent.of("task.cancelled")
                        .by(who)
                        .agent(task.agent)
                        .task(task.id))
                .toList());
        if (!cancelled.isEmpty()) {
            events.publishEvent(
                    new TasksEnded(cancelled.stream().map(Cancelled::id).toList(), Task.State.CANCELLED, who));
        }
        return cancelled.size();
    }

    private record Cancelled(UUID id, String agent) {}

    private static String condition(Scope scope) {
        return switch (scope) {
            case AGENT -> "agent = :value";
            case OWNER -> "owner = :value";
            case PERSON -> "subject = :value";
            case ISSUER -> "issuer = :value";
            case TASK -> "id = :value::uuid";
            case TREE -> "root_id = :value::uuid";
            case ALL -> "true";
        };
    }

    /** Newest first; {@code task} stands for its whole tree. */
    List<Task> search(Search search) {
        return jdbc.sql("""
                        SELECT * FROM task
                        WHERE (:agent::text IS NULL OR agent = :agent::text)
                          AND (:task::uuid IS NULL OR root_id = (SELECT root_id FROM task WHERE id = :task::uuid))
                          AND (:tool::text IS NULL
                               OR ceiling @> jsonb_build_array(jsonb_build_object('identifier', :tool::text)))
                          AND (:state::text IS NULL OR state = :state::text)
                          AND (:older::bigint IS NULL OR created_at < now() - make_interval(secs => :older::bigint))
                          AND (:before::uuid IS NULL OR id < :before::uuid)
                        ORDER BY id DESC LIMIT :rows
                        """).params(search.parameters()).query(TaskTable::task).list();
    }

    /** Ends what is overdue, a batch at a time; rows that another replica holds are left to it. */
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
                .with("summary", task.summary().orElse(null)));
        events.publishEvent(new TaskEnded(task.id(), task.state(), who));
    }

    private static Task task(ResultSet row, int n) throws SQLException {
        return new Task(
                row.getObject("id", UUID.class),
                row.getObject("root_id", UUID.class),
                Optional.ofNullable(row.getObject("parent_id", UUID.class)),
                row.getInt("depth"),
                row.getObject("agent_id", UUID.class),
                row.getString("agent"),
                row.getString("owner"),
                row.getString("issuer"),
                row.getString("subject"),
                row.getString("type"),
                row.getString("purpose"),
                Json.mapper().readValue(row.getString("ceiling"), CEILING),
                row.getObject("token_id", UUID.class),
                Task.State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                Optional.ofNullable(row.getString("outcome")),
                Optional.ofNullable(row.getString("summary")),
                instant(row, "created_at").orElseThrow(),
                instant(row, "expires_at").orElseThrow(),
                instant(row, "ended_at"));
    }

    private static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }
}
