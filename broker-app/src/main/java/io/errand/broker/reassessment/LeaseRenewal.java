package io.errand.broker.reassessment;

import io.errand.api.LeaseView;
import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.agent.Standing;
import io.errand.broker.approval.BreakGlass;
import io.errand.broker.audit.Audit;
import io.errand.broker.caller.DecisionTrace;
import io.errand.broker.caller.DelegationLimits;
import io.errand.broker.caller.GrantStep;
import io.errand.broker.caller.Refusal;
import io.errand.broker.caller.TaskAuthentication;
import io.errand.broker.grant.LockSubjects;
import io.errand.broker.grant.PolicyCheck;
import io.errand.broker.grant.SessionMarks;
import io.errand.broker.lease.Leases;
import io.errand.broker.lock.Locks;
import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.risk.Risks;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import io.errand.broker.tool.Tool;
import io.errand.broker.tool.Tools;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Renewal: decided again as if it were asked for now, within the task's end (P3). What was granted stays what it is; only its end
 * moves.
 */
@Component
class LeaseRenewal {

    private final Agents agents;
    private final DelegationLimits delegationLimits;
    private final Tools tools;
    private final Tasks tasks;
    private final Locks locks;
    private final PolicyCheck policyCheck;
    private final Risks risks;
    private final RecordedQuestions questions;
    private final SessionMarks sessionMarks;
    private final BreakGlass breakGlass;
    private final Leases leases;
    private final Audit audit;
    private final TransactionTemplate transaction;
    private final Clock clock;

    LeaseRenewal(
            Agents agents,
            DelegationLimits delegationLimits,
            Tools tools,
            Tasks tasks,
            Locks locks,
            PolicyCheck policyCheck,
            Risks risks,
            RecordedQuestions questions,
            SessionMarks sessionMarks,
            BreakGlass breakGlass,
            Leases leases,
            Audit audit,
            TransactionTemplate transaction,
            Clock clock) {
        this.agents = agents;
        this.delegationLimits = delegationLimits;
        this.tools = tools;
        this.tasks = tasks;
        this.locks = locks;
        this.policyCheck = policyCheck;
        this.risks = risks;
        this.questions = questions;
        this.sessionMarks = sessionMarks;
        this.breakGlass = breakGlass;
        this.leases = leases;
        this.audit = audit;
        this.transaction = transaction;
        this.clock = clock;
    }

    /** What the holder is told. */
    sealed interface Answer {

        record Done(Leases.Renewal renewal) implements Answer {}

        record Refused(Refusal refusal, UUID decision) implements Answer {}
    }

    private record Asked(
            UUID id, Agent agent, Tool tool, Task task, Duration ttl, Instant end, BreakGlass.Ruled ruled) {}

    /** Empty: it is no lease of that task. */
    Optional<Answer> renew(UUID id, @Nullable Duration ttl, TaskAuthentication caller) {
        Task task = caller.task();
        Optional<LeaseView> own =
                leases.find(id).filter(lease -> lease.task().equals(task.id().toString()));
        return own.map(lease -> {
            DecisionTrace decisionTrace = new DecisionTrace();
            decisionTrace.who("agent:" + task.agent());
            decisionTrace.agent(task.agent());
            decisionTrace.task(task.id());
            GrantStep<Optional<Leases.Prolonged>> grantStep = ask(id, lease, ttl, caller, decisionTrace)
                    .then(asked -> Objects.requireNonNull(transaction.execute(status -> record(asked, decisionTrace))));
            return switch (grantStep) {
                case GrantStep.Stopped<Optional<Leases.Prolonged>>(Refusal refusal) ->
                    refuse(id, refusal, decisionTrace);
                case GrantStep.Passed<Optional<Leases.Prolonged>>(Optional<Leases.Prolonged> prolonged) ->
                    new Answer.Done(prolonged.map(leases::extend).orElseGet(Leases.Renewal.Ended::new));
            };
        });
    }

    private Answer refuse(UUID id, Refusal refusal, DecisionTrace decisionTrace) {
        audit.recordRefusal(decisionTrace
                .event("lease.renewal_denied")
                .lease(id)
                .outcome("denied")
                .with("reason", refusal.reason())
                .with("detail", refusal.detail()));
        return new Answer.Refused(refusal, decisionTrace.decision());
    }

    private GrantStep<Asked> ask(
            UUID id, LeaseView lease, @Nullable Duration ttl, TaskAuthentication caller, DecisionTrace decisionTrace) {
        Task task = caller.task();
        Optional<Agent> agent =
                agents.byName(task.agent()).filter(found -> found.id().equals(task.agentId()));
        if (agent.isEmpty()) {
            return denied("agent_deleted", "the agent is no longer registered");
        }
        if (agents.standing(agent.get()) instanceof Standing.Bad(String reason, String detail)) {
            return denied(reason, detail);
        }
        Optional<Refusal> above = delegationLimits.broken(task.actors());
        if (above.isPresent()) {
            return denied(above.get().reason(), above.get().detail());
        }
        Optional<Tool> tool = tools.byName(lease.tool());
        if (tool.isEmpty()
                || !delegationLimits
                        .within(
                                tool.get(),
                                agent.get(),
                                task,
                                leases.datatypes(id).orElse(null))
                        .containsAll(lease.actions())) {
            return denied("outside_ceiling", lease.tool() + " " + lease.actions() + " is outside the ceiling of today");
        }
        Instant end = delegationLimits.end(task);
        Duration left = left(end);
        Duration asked = ttl == null || ttl.compareTo(left) > 0 ? left : ttl;
        BreakGlass.Ruled ruled = policyCheck.rule(question(lease, agent.get(), tool.get(), caller, asked), task.id());
        decisionTrace.ruled(ruled);
        return switch (ruled.policyDecision()) {
            case PolicyDecision.Permit permit -> {
                Duration shortest = shortest(
                        shortest(asked, permit.maxTtl()), tool.get().maxTtl().orElse(null));
                yield GrantStep.pass(new Asked(id, agent.get(), tool.get(), task, shortest, end, ruled));
            }
            case PolicyDecision.NoPermit no -> {
                PolicyDecision.WhyNot why = no.whyNot(lease.actions(), lease.tool());
                yield denied(why.reason(), why.detail());
            }
        };
    }

    private GrantStep<Optional<Leases.Prolonged>> record(Asked asked, DecisionTrace decisionTrace) {
        Optional<Locks.Lock> lock =
                locks.holdOff(LockSubjects.of(asked.task(), List.of(asked.tool().name())));
        if (lock.isPresent()) {
            return denied(
                    "locked",
                    "lock " + lock.get().id() + " on " + lock.get().scope().json());
        }
        if (!agents.hold(asked.agent()) || !tools.hold(List.of(asked.tool()))) {
            return denied("registration_changed", "the agent or the tool was changed while this was decided");
        }
        if (!risks.isStill(
                Risks.Access.of(
                        asked.task(), asked.tool(), leases.datatypes(asked.id()).orElse(null)),
                asked.ruled().policyRequest().policyContext().risk())) {
            return denied("risk_changed", "the risk was raised while this was decided");
        }
        if (!policyCheck.stands(asked.ruled())) {
            return denied("policy_changed", "the policies were changed while this was decided");
        }
        if (tasks.hold(asked.task().id()).isEmpty()) {
            return GrantStep.pass(Optional.empty());
        }
        Optional<UUID> broken = asked.ruled().breakGlass();
        Optional<Duration> ttl = broken.isEmpty()
                ? Optional.of(asked.ttl())
                : breakGlass.hold(broken.get()).map(left -> shortest(asked.ttl(), left));
        if (ttl.isEmpty()) {
            return denied("break_glass_ended", "the break-glass ended while this was decided");
        }
        Optional<Leases.Prolonged> prolonged = leases.prolong(asked.id(), new Leases.Limits(ttl.get(), asked.end()));
        prolonged.ifPresent(end -> broken.ifPresent(id -> breakGlass.used(use(id, asked, decisionTrace))));
        prolonged.ifPresent(end -> audit.record(decisionTrace
                .event("lease.renewed")
                .lease(asked.id())
                .outcome("granted")
                .with("tool", asked.tool().name())
                .with("was", end.before().toString())
                .with("expires_at", end.until().toString())));
        return GrantStep.pass(prolonged);
    }

    private static BreakGlass.Use use(UUID id, Asked asked, DecisionTrace decisionTrace) {
        return new BreakGlass.Use(
                id,
                decisionTrace.decision(),
                asked.agent().name(),
                asked.task().id(),
                asked.id(),
                asked.tool().name(),
                asked.ruled().lifted());
    }

    /** As when it was granted, declared context and approvals included; its session and its token are those of now. */
    private PolicyRequest question(LeaseView lease, Agent agent, Tool tool, TaskAuthentication caller, Duration ttl) {
        PolicyRequest again = questions.again(lease, caller.task(), agent, tool).at(clock.instant(), ttl);
        return again.in(again.policyContext()
                .breakGlass(false)
                .senderConstrained(caller.isBound())
                .session(sessionMarks.of(caller.task())));
    }

    private Duration left(Instant end) {
        Duration left = Duration.between(clock.instant(), end);
        return left.isNegative() ? Duration.ZERO : left;
    }

    private static Duration shortest(Duration one, @Nullable Duration other) {
        return other == null || one.compareTo(other) <= 0 ? one : other;
    }

    private static <T> GrantStep<T> denied(String reason, String detail) {
        return GrantStep.stop(Refusal.accessDenied(
                reason,
                "This lease is not renewed; it ends when it was to end. The agent's owner can tell why.",
                detail));
    }
}
