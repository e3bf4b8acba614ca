package io.errand.broker.audit;

import io.errand.api.Json;
import io.errand.broker.database.CurrentTransaction;
import io.errand.broker.shared.Ids;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

/** Writes the log, and publishes what it wrote in the same transaction: who must be told of it is told by what is on record. */
@Component
public class Audit {

    private static final int BATCH = 2_000;

    private final CurrentTransaction transaction;
    private final ApplicationEventPublisher events;

    private final RefusalTally tally;
    private final TransactionTemplate own;

    Audit(
            CurrentTransaction transaction,
            ApplicationEventPublisher events,
            RefusalTally tally,
            PlatformTransactionManager transactions) {
        this.transaction = transaction;
        this.events = events;
        this.tally = tally;
        this.own = new TransactionTemplate(transactions);
        this.own.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    }

    /**
     * Inserts the event in the transaction that is under way (P4); without one it is an error.
     *
     * @return the event's id
     */
    @Transactional(propagation = Propagation.MANDATORY)
    public UUID record(AuditEvent event) {
        return insert(event);
    }

    /** The same for many at once: what a sweep does to thousands is told in a few statements. */
    @Transactional(propagation = Propagation.MANDATORY)
    public void recordAll(List<AuditEvent> all) {
        for (int from = 0; from < all.size(); from += BATCH) {
            insertAll(all.subList(from, Math.min(from + BATCH, all.size())));
        }
        all.forEach(events::publishEvent);
    }

    /**
     * Inserts the event of a refusal, whose only effect it is, in a transaction of its own. Beyond a rate, those before an agent is
     * known share one event a minute, which says how many they were.
     */
    public void recordRefusal(AuditEvent event) {
        if (!tally.isCounted(event)) {
            own.executeWithoutResult(status -> insert(event));
        }
    }

    private void insertAll(List<AuditEvent> events) {
        transaction.insert(
                """
                INSERT INTO audit_event (id, at, kind, who, agent, task_id, lease_id, decision_id, outcome, details)
                SELECT e.id, clock_timestamp(), e.kind, e.who, e.agent, e.task, e.lease, e.decision, e.outcome, e.details
                  FROM unnest(:ids::uuid[], :kinds::text[], :whos::text[], :agents::text[], :tasks::uuid[],
                              :leases::uuid[], :decisions::uuid[], :outcomes::text[], :details::jsonb[])
                       WITH ORDINALITY AS e(id, kind, who, agent, task, lease, decision, outcome, details, place)
                 ORDER BY e.place
                """,
                Map.of(
                        "ids",
                        column(events, event -> Ids.next()),
                        "kinds",
                        column(events, AuditEvent::kind),
                        "whos",
                        column(events, AuditEvent::who),
                        "agents",
                        column(events, AuditEvent::agent),
                        "tasks",
                        column(events, AuditEvent::task),
                        "leases",
                        column(events, AuditEvent::lease),
                        "decisions",
                        column(events, AuditEvent::decision),
                        "outcomes",
                        column(events, AuditEvent::outcome),
                        "details",
                        column(events, event -> Json.mapper().writeValueAsString(event.details()))));
    }

    private static @Nullable String[] column(
            List<AuditEvent> events, Function<AuditEvent, ? extends @Nullable Object> value) {
        @Nullable String[] column = new @Nullable String[events.size()];
        for (int i = 0; i < column.length; i++) {
            Object found = value.apply(events.get(i));
            column[i] = found == null ? null : found.toString();
        }
        return column;
    }

    private UUID insert(AuditEvent event) {
        UUID id = Ids.next();
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("id", id);
        values.put("kind", event.kind());
        values.put("who", event.who());
        values.put("agent", event.agent());
        values.put("task", event.task());
        values.put("lease", event.lease());
        values.put("decision", event.decision());
        values.put("outcome", event.outcome());
        values.put("details", Json.mapper().writeValueAsString(event.details()));
        transaction.insert("""
                INSERT INTO audit_event (id, at, kind, who, agent, task_id, lease_id, decision_id, outcome, details)
                VALUES (:id, clock_timestamp(), :kind, :who, :agent, :task, :lease, :decision, :outcome, :details::jsonb)
                """, values);
        events.publishEvent(event);
        return id;
    }
}
