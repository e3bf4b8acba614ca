package io.errand.broker.reassessment;

import io.errand.api.LeaseView;
import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.audit.Audit;
import io.errand.broker.caller.DecisionTrace;
import io.errand.broker.caller.DelegationLimits;
import io.errand.broker.database.RegistryVersion;
import io.errand.broker.lease.Leases;
import io.errand.broker.policy.Policies;
import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import io.errand.broker.tool.Tool;
import io.errand.broker.tool.Tools;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Live leases are decided again after a change of policies, of their agent or of their tool; those now refused are revoked, and
 * those that were granted for longer than would be now end sooner. Every replica works at it, and what one that died had begun another goes on with.
 */
@Component
class Reassessment {

    private static final Logger LOG = LoggerFactory.getLogger(Reassessment.class);

    private static final int BATCH = 100;
    private static final String REASON = "policy";

    private final Reassessments queue;
    private final Leases leases;
    private final Tasks tasks;
    private final Agents agents;
    private final Tools tools;
    private final Policies policies;
    private final RecordedQuestions questions;
    private final DelegationLimits delegationLimits;
    private final Audit audit;
    private final TransactionTemplate transaction;
    private final RegistryVersion registryVersion;
    private final AtomicBoolean busy = new AtomicBoolean();

    Reassessment(
            Reassessments queue,
            Leases leases,
            Tasks tasks,
            Agents agents,
            Tools tools,
            Policies policies,
            RecordedQuestions questions,
            DelegationLimits delegationLimits,
            Audit audit,
            TransactionTemplate transaction,
            RegistryVersion registryVersion) {
        this.queue = queue;
        this.leases = leases;
        this.tasks = tasks;
        this.agents = agents;
        this.tools = tools;
        this.policies = policies;
        this.questions = questions;
        this.delegationLimits = delegationLimits;
        this.audit = audit;
        this.transaction = transaction;
        this.registryVersion = registryVersion;
    }

    /** What came of one lease. */
    private enum Outcome {
        STAYS,
        CUT,
        REVOKED,
        UNDECIDED
    }

    /** At a rate, so that it is on a thread of its own: an external decision point that is slow delays no other job. */
    @Scheduled(fixedRateString = "${errand.policy.reassess-interval:PT0.5S}")
    void work() {
        if (busy.compareAndSet(false, true)) {
            try {
                for (Optional<Reassessments.Due> due = queue.claim(); due.isPresent(); due = queue.claim()) {
                    batch(due.get());
                }
            } finally {
                busy.set(false);
            }
        }
    }

    private void batch(Reassessments.Due due) {
        List<LeaseView> batch = leases.live(due.which(), BATCH);
        // A change that comes meanwhile has a row of its own, after which these are decided once more.
        List<Outcome> outcomes = registryVersion.during(
                () -> batch.stream().map(lease -> decideAgain(lease, due)).toList());
        long revoked = outcomes.stream().filter(Outcome.REVOKED::equals).count();
        long cut = outcomes.stream().filter(Outcome.CUT::equals).count();
        if (revoked + cut > 0) {
            LOG.info("Revoked {} and cut {} of {} leases: {}", revoked, cut, batch.size(), due.cause());
        }
        boolean undecided = outcomes.contains(Outcome.UNDECIDED);
        if (batch.size() == BATCH) {
            queue.goOn(due, UUID.fromString(batch.getLast().id()), undecided);
        } else {
            queue.finish(due, undecided);
        }
    }

    private Outcome decideAgain(LeaseView lease, Reassessments.Due due) {
        DecisionTrace decisionTrace = new DecisionTrace();
        decisionTrace.who(due.who());
        decisionTrace.agent(lease.agent());
        decisionTrace.task(UUID.fromString(lease.task()));
        Optional<Task> task = tasks.find(UUID.fromString(lease.task()));
        Optional<Tool> tool = tools.byName(lease.tool());
        Optional<Agent> agent = task.flatMap(
                of -> agents.byName(of.agent()).filter(found -> found.id().equals(of.agentId())));
        if (task.isEmpty() || tool.isEmpty() || agent.isEmpty()) {
            return revoke(
                    lease, due, decisionTrace, "registration_gone", "the agent or the tool is no longer registered");
        }
        if (!delegationLimits
                .within(
                        tool.get(),
                        agent.get(),
                        task.get(),
                        leases.datatypes(UUID.fromString(lease.id())).orElse(null))
                .containsAll(lease.actions())) {
            return revoke(
                    lease,
                    due,
                    decisionTrace,
                    "outside_ceiling",
                    lease.tool() + " " + lease.actions() + " is outside the ceiling of today");
        }
        PolicyRequest policyRequest = questions.again(lease, task.get(), agent.get(), tool.get());
        PolicyDecision policyDecision = policies.decide(policyRequest);
        decisionTrace.ruled(policyRequest, policyDecision);
        return switch (policyDecision) {
            case PolicyDecision.Permit permit ->
                cut(
                        lease,
                        new Leases.Limits(shorter(permit.maxTtl(), tool.get()), delegationLimits.end(task.get())),
                        due,
                        decisionTrace);
            case PolicyDecision.Deny deny when deny.undecided() -> Outcome.UNDECIDED;
            case PolicyDecision.NoPermit no -> {
                PolicyDecision.WhyNot why = no.whyNot(lease.actions(), lease.tool());
                yield revoke(lease, due, decisionTrace, why.reason(), why.detail());
            }
        };
    }

    private static @Nullable Duration shorter(@Nullable Duration ofPolicy, Tool tool) {
        return Stream.concat(Stream.ofNullable(ofPolicy), tool.maxTtl().stream())
                .min(Duration::compareTo)
                .orElse(null);
    }

    private Outcome cut(LeaseView lease, Leases.Limits limits, Reassessments.Due due, DecisionTrace decisionTrace) {
        if (limits.allow(lease)) {
            return Outcome.STAYS;
        }
        UUID id = UUID.fromString(lease.id());
        Optional<Leases.Cut> cut = Objects.requireNonNull(transaction.execute(status -> {
            Optional<Leases.Cut> found = leases.cut(id, limits);
            found.filter(earlier -> !earlier.past())
                    .ifPresent(earlier -> audit.record(decisionTrace
                            .event("lease.reassessed")
                            .lease(id)
                            .outcome("cut")
                            .with("was", earlier.was().toString())
                            .with("expires_at", earlier.until().toString())
                            .with("cause", due.cause())));
            return found;
        }));
        if (cut.isEmpty()) {
            return Outcome.STAYS;
        }
        return cut.get().past()
                ? revoke(
                        lease,
                        due,
                        decisionTrace,
                        "max_ttl_passed",
                        "it would have ended at " + cut.get().until())
                : Outcome.CUT;
    }

    private Outcome revoke(
            LeaseView lease, Reassessments.Due due, DecisionTrace decisionTrace, String reason, String detail) {
        UUID id = UUID.fromString(lease.id());
        transaction.executeWithoutResult(status -> {
            if (leases.revoke(id, REASON, due.who())) {
                audit.record(decisionTrace
                        .event("lease.reassessed")
                        .lease(id)
                        .outcome("denied")
                        .with("reason", reason)
                        .with("detail", detail)
                        .with("cause", due.cause()));
            }
        });
        return Outcome.REVOKED;
    }
}
