package io.errand.broker.agent;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Tells owners that a review is due, and stops what nobody reviewed: each once for each day that is set. */
@Component
class AgentReviewReminders {

    private static final String TODAY = "(now() AT TIME ZONE 'UTC')::date";

    private final JdbcClient jdbc;
    private final AgentReviewProperties settings;
    private final Audit audit;
    private final TransactionTemplate transaction;
    /** Asked for when it is needed: the room that answers stands above this one. */
    private final ObjectProvider<LiveLeasesOfAgent> leases;

    AgentReviewReminders(
            JdbcClient jdbc,
            AgentReviewProperties settings,
            Audit audit,
            TransactionTemplate transaction,
            ObjectProvider<LiveLeasesOfAgent> leases) {
        this.jdbc = jdbc;
        this.settings = settings;
        this.audit = audit;
        this.transaction = transaction;
        this.leases = leases;
    }

    /** One run at a time in the cluster, and whichever replica is there does it. */
    @Configuration(proxyBeanMethods = false)
    static class Setup {

        @Bean
        RecurringTask<Void> agentReviewJob(AgentReviewReminders reminders, AgentReviewProperties settings) {
            return Tasks.recurring("errand-agent-reviews", FixedDelay.of(settings.interval()))
                    .execute((instance, context) -> reminders.remind());
        }
    }

    private record Due(UUID id, String name, String owner, LocalDate reviewBy) {}

    void remind() {
        due("due", "review_by BETWEEN " + TODAY + " AND " + TODAY + " + :notice")
                .forEach(agent -> transaction.executeWithoutResult(status -> {
                    if (isFirst(agent, "due")) {
                        audit.record(event("agent.review_due", agent));
                    }
                }));
        due("overdue", "review_by < " + TODAY)
                .forEach(agent -> transaction.executeWithoutResult(status -> {
                    if (isFirst(agent, "overdue")) {
                        stop(agent);
                    }
                }));
    }

    /** Uses the index agent_review_by. A draft has nothing to be stopped. */
    private List<Due> due(String kind, String when) {
        return jdbc.sql("""
                        SELECT id, name, owner, review_by FROM agent a
                         WHERE %s AND state IN ('active', 'suspended') AND NOT EXISTS (
                               SELECT FROM agent_review_notice n
                                WHERE n.agent_id = a.id AND n.review_by = a.review_by AND n.kind = :kind)
                         ORDER BY name
                        """.formatted(when))
                .param("kind", kind)
                .param("notice", (int) settings.notice().toDays())
                .query(Due.class)
                .list();
    }

    /** Grants hold the name: those under way are committed before this goes on, and those that come find the day over. */
    private boolean isFirst(Due agent, String kind) {
        jdbc.sql("SELECT pg_advisory_xact_lock(name_key('agent', :name::text))")
                .param("name", agent.name())
                .query((row, n) -> true)
                .single();
        return jdbc.sql("""
                        INSERT INTO agent_review_notice (agent_id, review_by, kind)
                        SELECT id, review_by, :kind FROM agent WHERE id = :id AND review_by = :review_by
                        ON CONFLICT DO NOTHING
                        """)
                        .param("kind", kind)
                        .param("id", agent.id())
                        .param("review_by", agent.reviewBy())
                        .update()
                > 0;
    }

    private void stop(Due agent) {
        audit.record(event("agent.review_overdue", agent));
        leases.getObject().revoke(agent.name(), "agent_past_review", AuditEvent.BROKER);
    }

    private static AuditEvent event(String kind, Due agent) {
        return AuditEvent.of(kind)
                .by(AuditEvent.BROKER)
                .agent(agent.name())
                .with("owner", agent.owner())
                .with("review_by", agent.reviewBy().toString());
    }
}
