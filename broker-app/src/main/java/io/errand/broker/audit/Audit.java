package io.errand.broker.audit;

import io.errand.api.Json;
import io.errand.broker.shared.Ids;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Writes the log. */
@Component
public class Audit {

    private final JdbcClient jdbc;

    Audit(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Inserts the event in the transaction that is under way (P4); without one it is an error. */
    @Transactional(propagation = Propagation.MANDATORY)
    public void record(AuditEvent event) {
        insert(event);
    }

    /** Inserts the event of a refusal, whose only effect it is, in a transaction of its own. */
    @Transactional(propagation = Propagation.REQUIRES_NEW)
    public void recordRefusal(AuditEvent event) {
        insert(event);
    }

    private void insert(AuditEvent event) {
        jdbc.sql("""
                        INSERT INTO audit_event (id, at, kind, who, agent, task_id, lease_id, decision_id, outcome, details)
                        VALUES (:id, clock_timestamp(), :kind, :who, :agent, :task, :lease, :decision, :outcome, :details::jsonb)
                        """)
                .param("id", Ids.next())
                .param("kind", event.kind())
                .param("who", event.who())
                .param("agent", event.agent())
                .param("task", event.task())
                .param("lease", event.lease())
                .param("decision", event.decision())
                .param("outcome", event.outcome())
                .param("details", Json.mapper().writeValueAsString(event.details()))
                .update();
    }
}
