package io.errand.broker.approval;

import io.errand.api.Json;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.shared.Ids;
import io.errand.broker.task.EndOfTasks;
import java.util.Optional;
import java.util.UUID;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Stores approvals of single uses of a tool. Evaluations of a task request and use them; the end of the task voids them. */
@Component
class ActionApprovalTable implements ActionApprovals {

    private final JdbcClient jdbc;
    private final ApprovalTable approvals;
    private final Audit audit;
    private final ApprovalProperties settings;

    ActionApprovalTable(JdbcClient jdbc, ApprovalTable approvals, Audit audit, ApprovalProperties settings) {
        this.jdbc = jdbc;
        this.approvals = approvals;
        this.audit = audit;
        this.settings = settings;
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public Consent to(ActionApprovalRequest actionApprovalRequest, boolean asking, AuditEvent event) {
        Optional<String> request = actionApprovalRequest.canonical();
        if (request.isEmpty()) {
            return new Consent.NotCanonical();
        }
        String digest = GrantApprovalRequest.digest(request.get());
        Optional<ApprovalRow> last = last(actionApprovalRequest.task().id(), digest);
        if (last.filter(ApprovalRow::isOver).isPresent()) {
            approvals.end(last.get(), "expired", last.get().event("approval.expired"));
            last = Optional.empty();
        }
        return last.flatMap(row -> said(row, actionApprovalRequest)).orElseGet(() -> {
            if (!asking) {
                return new Consent.Open(digest);
            }
            return approvals.pending(actionApprovalRequest.agent().id()) >= settings.maxPending()
                    ? new Consent.TooMany(settings.maxPending())
                    : new Consent.Waiting(insert(actionApprovalRequest, request.get(), digest, event)
                            .ticket(settings.pollInterval()));
        });
    }

    private Optional<ApprovalRow> last(UUID task, String digest) {
        // Uses the index approval_use.
        return jdbc.sql("""
                        SELECT %s FROM approval WHERE use_task = :task AND digest = :digest
                        ORDER BY id DESC LIMIT 1 FOR UPDATE
                        """.formatted(ApprovalRow.COLUMNS))
                .param("task", task)
                .param("digest", digest)
                .query(ApprovalRow::of)
                .optional();
    }

    /** Empty: what was said is used up or over, and somebody has to be asked anew. */
    private Optional<Consent> said(ApprovalRow row, ActionApprovalRequest actionApprovalRequest) {
        return switch (row.state()) {
            case "pending" -> Optional.of(new Consent.Waiting(row.ticket(settings.pollInterval())));
            case "approved" ->
                use(row, actionApprovalRequest) ? Optional.of(new Consent.Given(row.id())) : Optional.empty();
            case "denied" ->
                row.expiresAt().isAfter(row.now()) ? Optional.of(new Consent.Denied(row.id())) : Optional.empty();
            default -> Optional.empty();
        };
    }

    /** False: it is used, or over. */
    private boolean use(ApprovalRow row, ActionApprovalRequest actionApprovalRequest) {
        UUID task = actionApprovalRequest.task().id();
        int used = jdbc.sql("""
                        UPDATE approval SET state = 'consumed', task_id = :task, ended_at = now()
                        WHERE id = :id AND state = 'approved' AND expires_at > now()
                        """).param("task", task).param("id", row.id()).update();
        if (used == 1) {
            audit.record(row.event("approval.consumed")
                    .by("agent:" + actionApprovalRequest.agent().name())
                    .task(task));
        }
        return used == 1;
    }

    private ApprovalRow insert(
            ActionApprovalRequest actionApprovalRequest, String request, String digest, AuditEvent event) {
        ApprovalRow row = jdbc.sql("""
                        INSERT INTO approval (id, agent_id, agent, owner, issuer, subject, person, request, digest, needs, asked,
                                              use_task, asked_by, state, decision_id, expires_at)
                        VALUES (:id, :agentId, :agent, :owner, 'task', :task::text, :person, :request, :digest, :needs::jsonb,
                                '{}', :task, :who, 'pending', :decision,
                                least(now() + make_interval(secs => :ttl), :end::timestamptz))
                        RETURNING %s
                        """.formatted(ApprovalRow.COLUMNS))
                .param("id", Ids.next())
                .param("agentId", actionApprovalRequest.agent().id())
                .param("agent", actionApprovalRequest.agent().name())
                .param("owner", actionApprovalRequest.agent().owner())
                .param("person", actionApprovalRequest.task().onBehalfOf().orElse(null))
                .param("request", request)
                .param("digest", digest)
                .param("needs", Json.mapper().writeValueAsString(actionApprovalRequest.needs()))
                .param("task", actionApprovalRequest.task().id())
                .param("who", event.who())
                .param("decision", event.decision())
                .param("ttl", settings.expiresAfter().toSeconds())
                .param("end", actionApprovalRequest.task().expiresAt().toString())
                .query(ApprovalRow::of)
                .single();
        audit.record(row.deferred(event, actionApprovalRequest.needs()));
        return row;
    }

    /** Nobody need be asked about what cannot be done any more. Uses the index approval_use_open. */
    @EventListener
    @Transactional(propagation = Propagation.MANDATORY)
    void on(EndOfTasks ended) {
        jdbc.sql("""
                        UPDATE approval SET state = 'voided', ended_at = now()
                        WHERE use_task = ANY (:tasks::uuid[]) AND state IN ('pending', 'approved')
                        RETURNING %s
                        """.formatted(ApprovalRow.COLUMNS))
                .param("tasks", ended.tasks().stream().map(UUID::toString).toArray(String[]::new))
                .query(ApprovalRow::of)
                .list()
                .forEach(row -> audit.record(row.event("approval.voided").with("reason", "the task has ended")));
    }
}
