package io.errand.broker.delegation;

import io.errand.api.AuthorizationDetail;
import io.errand.api.DelegationRequest;
import io.errand.api.DelegationResponse;
import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.audit.Audit;
import io.errand.broker.caller.DecisionTrace;
import io.errand.broker.caller.DelegationLimits;
import io.errand.broker.caller.DelegationTokens;
import io.errand.broker.caller.GrantStep;
import io.errand.broker.caller.Refusal;
import io.errand.broker.caller.TaskLimits;
import io.errand.broker.exception.Exceptions;
import io.errand.broker.grant.AccessResolution;
import io.errand.broker.grant.LockSubjects;
import io.errand.broker.grant.RequestedAccess;
import io.errand.broker.identity.TokenType;
import io.errand.broker.lock.Locks;
import io.errand.broker.policy.Policies;
import io.errand.broker.policy.PolicyContext;
import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.risk.Risks;
import io.errand.broker.task.Delegation;
import io.errand.broker.task.Delegations;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import io.errand.broker.tool.Tool;
import io.errand.broker.tool.Tools;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Hands a part of a task to another agent: decides it as if the parent asked for it, records it, and issues a delegation token. */
@Component
class DelegationService {

    private final Agents agents;
    private final Tools tools;
    private final Tasks tasks;
    private final Delegations delegations;
    private final AccessResolution accessResolution;
    private final DelegationLimits delegationLimits;
    private final Policies policies;
    private final Risks risks;
    private final Exceptions exceptions;
    private final Locks locks;
    private final DelegationTokens tokens;
    private final Audit audit;
    private final TransactionTemplate transaction;
    private final Clock clock;

    DelegationService(
            Agents agents,
            Tools tools,
            Tasks tasks,
            Delegations delegations,
            AccessResolution accessResolution,
            DelegationLimits delegationLimits,
            Policies policies,
            Risks risks,
            Exceptions exceptions,
            Locks locks,
            DelegationTokens tokens,
            Audit audit,
            TransactionTemplate transaction,
            Clock clock) {
        this.agents = agents;
        this.tools = tools;
        this.tasks = tasks;
        this.delegations = delegations;
        this.accessResolution = accessResolution;
        this.delegationLimits = delegationLimits;
        this.policies = policies;
        this.risks = risks;
        this.exceptions = exceptions;
        this.locks = locks;
        this.tokens = tokens;
        this.audit = audit;
        this.transaction = transaction;
        this.clock = clock;
    }

    /** What the parent is told. */
    sealed interface Answer {

        record Made(DelegationResponse response) implements Answer {}

        record Refused(Refusal refusal, UUID decision) implements Answer {}
    }

    private record Asked(
            Agent parent, Agent child, String purpose, Duration ttl, List<RequestedAccess> requestedAccess) {

        List<Tool> tools() {
            return requestedAccess.stream().map(RequestedAccess::tool).toList();
        }

        List<AuthorizationDetail> ceiling() {
            return requestedAccess.stream().map(RequestedAccess::granted).toList();
        }
    }

    /** @param request its form checked */
    Answer hand(Task parent, DelegationRequest request) {
        DecisionTrace decisionTrace = new DecisionTrace();
        decisionTrace.who("agent:" + parent.agent());
        decisionTrace.agent(parent.agent());
        decisionTrace.task(parent.id());
        GrantStep<Delegation> grantStep = ask(parent, request, decisionTrace)
                .then(asked -> permit(parent, asked, decisionTrace))
                .then(asked ->
                        Objects.requireNonNull(transaction.execute(status -> record(parent, asked, decisionTrace))));
        return switch (grantStep) {
            case GrantStep.Stopped<Delegation>(Refusal refusal) -> {
                audit.recordRefusal(decisionTrace
                        .event("delegation.denied")
                        .outcome("denied")
                        .with("to", request.agent())
                        .with("reason", refusal.reason())
                        .with("detail", refusal.detail()));
                yield new Answer.Refused(refusal, decisionTrace.decision());
            }
            case GrantStep.Passed<Delegation>(Delegation made) -> new Answer.Made(response(made));
        };
    }

    private GrantStep<Asked> ask(Task parent, DelegationRequest request, DecisionTrace decisionTrace) {
        Optional<Agent> own =
                agents.byName(parent.agent()).filter(agent -> agent.id().equals(parent.agentId()));
        Optional<Refusal> stopped = delegationLimits.broken(parent.chain());
        if (own.isEmpty() || stopped.isPresent()) {
            return GrantStep.stop(
                    stopped.orElseGet(() -> denied("agent_deleted", "the agent is no longer registered")));
        }
        String to = Objects.requireNonNull(request.agent());
        Optional<Refusal> tooFar = delegationLimits.tooFar(parent, to);
        Optional<Agent> child = agents.byName(to);
        if (tooFar.isPresent() || child.isEmpty()) {
            return GrantStep.stop(
                    tooFar.orElseGet(() -> denied("agent_unknown", "no agent of the name " + to + " is registered")));
        }
        decisionTrace.passed("delegation", "to", to, "depth", parent.depth() + 1);
        Instant end = delegationLimits.end(parent);
        Duration left = Duration.between(clock.instant(), end);
        if (!left.isPositive()) {
            return DelegationLimits.over(end);
        }
        Duration ttl = request.ttl() == null || request.ttl().compareTo(left) > 0 ? left : request.ttl();
        String purpose = request.purpose() == null ? parent.purpose() : request.purpose();
        return accessResolution
                .handed(request.authorizationDetails(), own.get(), TaskLimits.of(parent))
                .then(requestedAccess ->
                        GrantStep.pass(new Asked(own.get(), child.get(), purpose, ttl, requestedAccess)));
    }

    /** A delegation that wants somebody's approval is not made: the child's own request is what people are asked about. */
    private GrantStep<Asked> permit(Task parent, Asked asked, DecisionTrace decisionTrace) {
        for (RequestedAccess requestedAccess : asked.requestedAccess()) {
            String tool = requestedAccess.tool().name();
            PolicyDecision policyDecision = policies.decide(question(parent, asked, requestedAccess));
            decisionTrace.passed(
                    "policy",
                    "tool",
                    tool,
                    "actions",
                    requestedAccess.actions(),
                    "effect",
                    policyDecision.effect(),
                    "policies",
                    policyDecision.policies());
            if (policyDecision instanceof PolicyDecision.NoPermit no) {
                String none = "No policy permits handing on " + tool + ".";
                return GrantStep.stop(Refusal.accessDenied(
                        no.whyNot(requestedAccess.actions(), tool).reason(),
                        no instanceof PolicyDecision.Deny deny ? String.join(" ", deny.sentences(none)) : none,
                        "policy does not permit to delegate " + requestedAccess.actions() + " on " + tool));
            }
        }
        return GrantStep.pass(asked);
    }

    private PolicyRequest question(Task parent, Asked asked, RequestedAccess requestedAccess) {
        return new PolicyRequest(
                "delegate",
                asked.parent(),
                requestedAccess.tool(),
                requestedAccess.actions(),
                new PolicyRequest.Facts(
                        parent.type(),
                        asked.purpose(),
                        parent.depth(),
                        parent.onBehalfOf().orElse(null),
                        asked.ttl(),
                        Map.of(),
                        false,
                        parent.origin() == Task.Origin.DECLARED),
                PolicyContext.at(clock.instant())
                        .senderConstrained(parent.senderConstrained())
                        .exceptions(exceptions.of(
                                parent.agent(), requestedAccess.tool().name()))
                        .risk(risks.of(Risks.Access.of(parent, requestedAccess.tool(), requestedAccess.datatypes()))));
    }

    private GrantStep<Delegation> record(Task parent, Asked asked, DecisionTrace decisionTrace) {
        List<String> names = asked.tools().stream().map(Tool::name).toList();
        Optional<Locks.Lock> lock = locks.holdOff(LockSubjects.of(parent, names));
        if (lock.isPresent()) {
            return GrantStep.stop(denied(
                    "locked",
                    "lock " + lock.get().id() + " on " + lock.get().scope().json()));
        }
        if (!agents.hold(asked.parent()) || !tools.hold(asked.tools())) {
            return GrantStep.stop(
                    denied("registration_changed", "the agent or a tool was changed while this was decided"));
        }
        if (tasks.hold(parent.id()).isEmpty()) {
            return GrantStep.stop(denied("task_ended", "the task has ended"));
        }
        if (!delegations.hasRoom(parent.agentId())) {
            return GrantStep.stop(Refusal.full(
                    "agent_delegation_cap",
                    "This agent has handed on as much that nobody has taken up as errand.task.max-delegations-per-agent"
                            + " allows; try again when some is taken up or over."));
        }
        Optional<Delegation> made = delegations.hand(
                parent, new Delegations.Handed(asked.child(), asked.purpose(), asked.ceiling(), asked.ttl()));
        made.ifPresent(delegation -> audit.record(decisionTrace
                .event("delegation.created")
                .outcome("granted")
                .with("delegation", delegation.id().toString())
                .with("to", delegation.agent())
                .with("purpose", delegation.purpose())
                .with("on_behalf_of", parent.onBehalfOf().orElse(null))
                .with("expires_at", delegation.expiresAt().toString())));
        return made.map(GrantStep::pass)
                .orElseGet(() -> GrantStep.stop(Refusal.full(
                        "too_many_children",
                        "This task has as many children, and delegations that can still be taken up, as"
                                + " errand.task.max-children allows; try again when one has ended.")));
    }

    private DelegationResponse response(Delegation made) {
        return new DelegationResponse(
                made.id().toString(),
                tokens.sign(made),
                TokenType.JWT.urn(),
                made.agent(),
                made.ceiling(),
                made.expiresAt(),
                Math.max(0, Duration.between(clock.instant(), made.expiresAt()).toSeconds()));
    }

    private static Refusal denied(String reason, @Nullable String detail) {
        return Refusal.accessDenied(
                reason, "This task cannot be handed on; the agent's owner can tell why.", String.valueOf(detail));
    }
}
