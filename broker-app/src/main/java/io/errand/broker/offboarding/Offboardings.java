package io.errand.broker.offboarding;

import io.errand.api.Json;
import io.errand.api.OffboardingView;
import io.errand.api.RevocationView;
import io.errand.api.Sha256;
import io.errand.broker.agent.Agent;
import io.errand.broker.agent.AgentChanged;
import io.errand.broker.agent.Agents;
import io.errand.broker.approval.OpenApprovals;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.lease.LeaseSweeps;
import io.errand.broker.policy.PoliciesNaming;
import io.errand.broker.task.Scope;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Begins with the agent's retirement, in its transaction, and is complete when the broker has seen everything of the agent to be
 * gone. Any replica completes what another began.
 */
@Component
class Offboardings {

    private static final Logger LOG = LoggerFactory.getLogger(Offboardings.class);

    private final JdbcClient jdbc;
    private final LeaseSweeps sweeps;
    private final Agents agents;
    private final OpenApprovals approvals;
    private final PoliciesNaming policies;
    private final OffboardingReports reports;
    private final Audit audit;
    private final TransactionTemplate transaction;

    Offboardings(
            JdbcClient jdbc,
            LeaseSweeps sweeps,
            Agents agents,
            OpenApprovals approvals,
            PoliciesNaming policies,
            OffboardingReports reports,
            Audit audit,
            TransactionTemplate transaction) {
        this.jdbc = jdbc;
        this.sweeps = sweeps;
        this.agents = agents;
        this.approvals = approvals;
        this.policies = policies;
        this.reports = reports;
        this.audit = audit;
        this.transaction = transaction;
    }

    @EventListener
    @Transactional(propagation = Propagation.MANDATORY)
    void on(AgentChanged change) {
        if (change.after().state() != Agent.State.RETIRED || change.before().state() == Agent.State.RETIRED) {
            return;
        }
        Agent agent = change.before();
        LeaseSweeps.Swept swept = sweeps.end(Scope.agent(agent.name()), "the agent is retired", change.who());
        jdbc.sql("""
                        INSERT INTO offboarding (agent_id, agent, owner, who, reason, revocation_id, tasks, open)
                        VALUES (:id, :agent, :owner, :who, :reason, :revocation, :tasks, :open::jsonb)
                        """)
                .param("id", agent.id())
                .param("agent", agent.name())
                .param("owner", agent.owner())
                .param("who", change.who())
                .param("reason", change.reason())
                .param("revocation", swept.revocation())
                .param("tasks", swept.tasks())
                .param("open", Json.mapper().writeValueAsString(open(agent)))
                .update();
        complete(agent.id());
    }

    private OffboardingView.Open open(Agent agent) {
        return new OffboardingView.Open(
                approvals.approvals(agent.id()),
                approvals.breakGlass(agent.name()),
                policies.agent(agent.name()),
                agents.thatHandOnTo(agent.name()));
    }

    /** Every replica runs it; each row is completed by one. */
    @Scheduled(fixedDelayString = "${errand.offboarding.interval:PT1S}")
    void work() {
        // Uses the index offboarding_open.
        for (UUID agent : jdbc.sql("SELECT agent_id FROM offboarding WHERE completed_at IS NULL ORDER BY begun_at")
                .query(UUID.class)
                .list()) {
            try {
                transaction.executeWithoutResult(status -> complete(agent));
            } catch (RuntimeException e) {
                LOG.warn("The offboarding of agent {} could not be completed now", agent, e);
            }
        }
    }

    /** In the transaction under way, unless something is left or another replica is at it. */
    private void complete(UUID agent) {
        Optional<OffboardingRow> row =
                jdbc.sql("""
                        SELECT * FROM offboarding WHERE agent_id = :agent AND completed_at IS NULL FOR UPDATE SKIP LOCKED
                        """).param("agent", agent).query(OffboardingRow::of).optional();
        if (row.isEmpty() || !isOver(row.get().revocation())) {
            return;
        }
        OffboardingReports.Report report = reports.write(row.get());
        jdbc.sql("UPDATE offboarding SET completed_at = now(), report = :report WHERE agent_id = :agent")
                .param("report", report.jws())
                .param("agent", agent)
                .update();
        agents.releaseIdentities(agent);
        audit.record(AuditEvent.of("agent.offboarded")
                .by(AuditEvent.BROKER)
                .agent(row.get().agent())
                .with("owner", row.get().owner())
                .with("revocation", row.get().revocation().toString())
                .with("leases", report.leases())
                .with("report_sha256", Sha256.hex(report.jws())));
    }

    private boolean isOver(UUID revocation) {
        RevocationView progress = sweeps.manifest(revocation, null, 1).orElseThrow();
        return progress.matched() == progress.revoked();
    }

    /** The newest of that name: when one that was retired is deleted, another may come to have it. */
    Optional<OffboardingView> find(String agent) {
        // Uses the index offboarding_agent.
        return jdbc
                .sql("SELECT * FROM offboarding WHERE agent = :agent ORDER BY begun_at DESC LIMIT 1")
                .param("agent", agent)
                .query(OffboardingRow::of)
                .list()
                .stream()
                .findFirst()
                .map(this::view);
    }

    private OffboardingView view(OffboardingRow row) {
        RevocationView progress = sweeps.manifest(row.revocation(), null, 1).orElseThrow();
        return new OffboardingView(
                row.agent(),
                row.owner(),
                row.completedAt() == null ? "running" : "complete",
                row.who(),
                row.reason(),
                row.begunAt(),
                row.completedAt(),
                row.revocation().toString(),
                row.tasks(),
                progress.matched(),
                progress.revoked(),
                progress.pending(),
                progress.irrevocable(),
                row.open(),
                row.report());
    }
}
