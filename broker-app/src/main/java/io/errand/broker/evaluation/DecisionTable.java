package io.errand.broker.evaluation;

import io.errand.api.Json;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.database.CurrentTransaction;
import io.errand.broker.task.EndOfTasks;
import io.errand.broker.task.Task;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Decisions on record. A permit is open until somebody says what came of it, or until its task ends. */
@Component
class DecisionTable {

    private final JdbcClient jdbc;
    private final CurrentTransaction transaction;
    private final Audit audit;
    private final EvaluationProperties settings;

    DecisionTable(JdbcClient jdbc, CurrentTransaction transaction, Audit audit, EvaluationProperties settings) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.audit = audit;
        this.settings = settings;
    }

    /** All of a transaction, in two statements. */
    @Transactional(propagation = Propagation.MANDATORY)
    void record(List<ActionDecision> verdicts) {
        Map<String, @Nullable Object> columns = new HashMap<>();
        columns.put(
                "ids",
                column(
                        verdicts,
                        actionDecision -> actionDecision.evaluationRequest().id()));
        columns.put("tasks", column(verdicts, actionDecision -> task(actionDecision, Task::id)));
        columns.put("agents", column(verdicts, actionDecision -> task(actionDecision, Task::agent)));
        columns.put(
                "askers",
                column(
                        verdicts,
                        actionDecision -> actionDecision.evaluationRequest().askedBy()));
        columns.put("tools", column(verdicts, ActionDecision::tool));
        columns.put("actions", column(verdicts, ActionDecision::action));
        columns.put("kinds", column(verdicts, ActionDecision::kind));
        columns.put(
                "effects",
                column(verdicts, actionDecision -> actionDecision.effect().word()));
        columns.put("reasons", column(verdicts, ActionDecision::reason));
        columns.put(
                "policies",
                column(verdicts, actionDecision -> Json.mapper().writeValueAsString(actionDecision.policies())));
        columns.put(
                "digests",
                column(verdicts, actionDecision -> good(actionDecision, EvaluationItem.ParsedEvaluation::digest)));
        columns.put("outcomes", column(verdicts, ActionDecision::outcome));
        columns.put(
                "arguments",
                column(
                        verdicts,
                        actionDecision -> settings.keepArguments()
                                ? good(actionDecision, EvaluationItem.ParsedEvaluation::arguments)
                                : null));
        transaction.insert("""
                INSERT INTO decision (id, task_id, agent, asked_by, tool, action, kind, effect, reason, policies,
                                      arguments_sha256, arguments, outcome)
                SELECT * FROM unnest(:ids::uuid[], :tasks::uuid[], :agents::text[], :askers::text[], :tools::text[],
                                     :actions::text[], :kinds::text[], :effects::text[], :reasons::text[],
                                     :policies::jsonb[], :digests::text[], :arguments::jsonb[],
                                     :outcomes::text[])
                """, columns);
        audit.recordAll(verdicts.stream().map(ActionDecision::event).toList());
    }

    private static <T> @Nullable T task(ActionDecision actionDecision, Function<Task, T> member) {
        return actionDecision.evaluationRequest().task().map(member).orElse(null);
    }

    private static @Nullable String good(
            ActionDecision actionDecision, Function<EvaluationItem.ParsedEvaluation, String> member) {
        return actionDecision.evaluationRequest().evaluationItem() instanceof EvaluationItem.ParsedEvaluation good
                ? member.apply(good)
                : null;
    }

    private static @Nullable String[] column(
            List<ActionDecision> verdicts, Function<ActionDecision, ? extends @Nullable Object> value) {
        @Nullable String[] column = new @Nullable String[verdicts.size()];
        for (int i = 0; i < column.length; i++) {
            Object found = value.apply(verdicts.get(i));
            column[i] = found == null ? null : found.toString();
        }
        return column;
    }

    /** A decision as it stands. */
    record Standing(
            UUID id,
            UUID task,
            String tool,
            String action,
            String effect,
            @Nullable String outcome) {}

    /** Empty: there is none such about a task. */
    Optional<Standing> find(UUID id) {
        return jdbc.sql("""
                        SELECT id, task_id, coalesce(tool, '') AS tool, coalesce(action, '') AS action, effect, outcome
                          FROM decision WHERE id = :id AND task_id IS NOT NULL
                        """)
                .param("id", id)
                .query((row, n) -> new Standing(
                        row.getObject("id", UUID.class),
                        row.getObject("task_id", UUID.class),
                        row.getString("tool"),
                        row.getString("action"),
                        row.getString("effect"),
                        row.getString("outcome")))
                .optional();
    }

    /** False: it is closed, or was never a permit. */
    @Transactional(propagation = Propagation.MANDATORY)
    boolean close(Standing decision, Task task, String outcome, @Nullable String detail, String who) {
        boolean closed = jdbc.sql("""
                                UPDATE decision SET outcome = :outcome, detail = :detail, closed_at = now()
                                 WHERE id = :id AND effect = 'permit' AND outcome IS NULL
                                """)
                        .param("outcome", outcome)
                        .param("detail", detail)
                        .param("id", decision.id())
                        .update()
                == 1;
        if (closed) {
            audit.record(AuditEvent.of("evaluation.closed")
                    .by(who)
                    .agent(task.agent())
                    .task(task.id())
                    .decision(decision.id())
                    .outcome(outcome)
                    .with("detail", detail));
        }
        return closed;
    }

    /** What came of these is not known and will not be: that is said, in the transaction of the end. Uses the index decision_open. */
    @EventListener
    @Transactional(propagation = Propagation.MANDATORY)
    void on(EndOfTasks ended) {
        List<AuditEvent> unknown = jdbc.sql("""
                        UPDATE decision SET outcome = 'unknown', closed_at = now()
                         WHERE task_id = ANY (:tasks::uuid[]) AND effect = 'permit' AND outcome IS NULL
                        RETURNING id, task_id, agent
                        """)
                .param("tasks", ended.tasks().stream().map(UUID::toString).toArray(String[]::new))
                .query((row, n) -> AuditEvent.of("evaluation.closed")
                        .by(AuditEvent.BROKER)
                        .agent(row.getString("agent"))
                        .task(row.getObject("task_id", UUID.class))
                        .decision(row.getObject("id", UUID.class))
                        .outcome("unknown"))
                .list();
        audit.recordAll(unknown);
    }
}
