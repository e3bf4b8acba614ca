package io.errand.broker.exchange;

import io.errand.api.AuthorizationDetail;
import io.errand.api.DelegationRequest;
import io.errand.api.DelegationResponse;
import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.audit.Audit;
import io.errand.broker.identity.TokenType;
import io.errand.broker.lock.Locks;
import io.errand.broker.policy.Circumstances;
import io.errand.broker.policy.Policies;
import io.errand.broker.policy.Question;
import io.errand.broker.policy.Ruling;
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

/** A task hands part of itself to another agent: decided as if the parent asked for it, recorded, and then a token for the child. */
@Component
class Handover {

    private final Agents agents;
    private final Tools tools;
    private final Tasks tasks;
    private final Delegations delegations;
    private final Access access;
    private final Lineage lineage;
    private final Policies policies;
    private final Locks locks;
    private final DelegationTokens tokens;
    private final Audit audit;
    private final TransactionTemplate transaction;
    private final Clock clock;

    Handover(
            Agents agents,
            Tools tools,
            Tasks tasks,
            Delegations delegations,
            Access access,
            Lineage lineage,
            Policies policies,
            Locks locks,
            DelegationTokens tokens,
            Audit audit,
            TransactionTemplate transaction,
            Clock clock) {
        this.agents = agents;
        this.tools = tools;
        this.tasks = tasks;
        this.delegations = delegations;
        this.access = access;
        this.lineage = lineage;
        this.policies = policies;
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

    private record Asked(Agent parent, Agent child, String purpose, Duration ttl, List<Wanted> wanted) {

        List<Tool> tools() {
            return wanted.stream().map(Wanted::tool).toList();
        }

        List<AuthorizationDetail> ceiling() {
            return wanted.stream().map(Wanted::granted).toList();
        }
    }

    /** @param request its form checked */
    Answer hand(Task parent, DelegationRequest request) {
        Trail trail = new Trail();
        trail.who("agent:" + parent.agent());
        trail.agent(parent.agent());
        trail.task(parent.id());
        Step<Delegation> step = ask(parent, request, trail)
                .then(asked -> permit(parent, asked, trail))
                .then(asked -> Objects.requireNonNull(transaction.execute(status -> record(parent, asked, trail))));
        return switch (step) {
            case Step.Stopped<Delegation>(Refusal refusal) -> {
                audit.recordRefusal(trail.event("delegation.denied")
                        .outcome("denied")
                        .with("to", request.agent())
                        .with("reason", refusal.reason())
                        .with("detail", refusal.detail()));
                yield new Answer.Refused(refusal, trail.decision());
            }
            case Step.Passed<Delegation>(Delegation made) -> new Answer.Made(response(made));
        };
    }

    private Step<Asked> ask(Task parent, DelegationRequest request, Trail trail) {
        Optional<Agent> own =
                agents.byName(parent.agent()).filter(agent -> agent.id().equals(parent.agentId()));
        Optional<Refusal> stopped = lineage.broken(parent.chain());
        if (own.isEmpty() || stopped.isPresent()) {
            return Step.stop(stopped.orElseGet(() -> denied("agent_deleted", "the agent is registered no more")));
        }
        String to = Objects.requireNonNull(request.agent());
        Optional<Refusal> tooFar = lineage.tooFar(parent, to);
        Optional<Agent> child = agents.byName(to);
        if (tooFar.isPresent() || child.isEmpty()) {
            return Step.stop(
                    tooFar.orElseGet(() -> denied("agent_unknown", "no agent of the name " + to + " is registered")));
        }
        trail.passed("delegation", "to", to, "depth", parent.depth() + 1);
        Instant end = lineage.end(parent);
        Duration left = Duration.between(clock.instant(), end);
        if (!left.isPositive()) {
            return Lineage.over(end);
        }
        Duration ttl = request.ttl() == null || request.ttl().compareTo(left) > 0 ? left : request.ttl();
        String purpose = request.purpose() == null ? parent.purpose() : request.purpose();
        return access.handed(request.authorizationDetails(), own.get(), Bounds.of(parent))
                .then(wanted -> Step.pass(new Asked(own.get(), child.get(), purpose, ttl, wanted)));
    }

    /** A delegation that wants somebody's approval is not made: the child's own request is what people are asked about. */
    private Step<Asked> permit(Task parent, Asked asked, Trail trail) {
        for (Wanted wanted : asked.wanted()) {
            String tool = wanted.tool().name();
            Ruling ruling = policies.decide(question(parent, asked, wanted));
            boolean permitted = ruling instanceof Ruling.Permit;
            trail.passed(
                    "policy",
                    "tool",
                    tool,
                    "actions",
                    wanted.actions(),
                    "effect",
                    permitted ? "permit" : ruling instanceof Ruling.Defer ? "defer" : "deny",
                    "policies",
                    ruling.policies());
            if (!permitted) {
                return Step.stop(Refusal.accessDenied(
                        ruling instanceof Ruling.Deny deny ? "policy_" + deny.reason() : "approval_required",
                        ruling instanceof Ruling.Deny deny && !deny.reasons().isEmpty()
                                ? String.join(" ", deny.reasons())
                                : "No policy permits handing on " + tool + ".",
                        "policy does not permit to delegate " + wanted.actions() + " on " + tool));
            }
        }
        return Step.pass(asked);
    }

    private Question question(Task parent, Asked asked, Wanted wanted) {
        return new Question(
                "delegate",
                asked.parent(),
                wanted.tool(),
                wanted.actions(),
                new Question.Facts(
                        parent.type(),
                        asked.purpose(),
                        parent.depth(),
                        parent.onBehalfOf().orElse(null),
                        asked.ttl(),
                        Map.of(),
                        false),
                Circumstances.at(clock.instant()).senderConstrained(parent.senderConstrained()));
    }

    private Step<Delegation> record(Task parent, Asked asked, Trail trail) {
        List<String> names = asked.tools().stream().map(Tool::name).toList();
        Optional<Locks.Lock> lock = locks.holdOff(Subjects.of(parent, names));
        if (lock.isPresent()) {
            return Step.stop(denied(
                    "locked",
                    "lock " + lock.get().id() + " on " + lock.get().scope().json()));
        }
        if (!agents.hold(asked.parent()) || !tools.hold(asked.tools())) {
            return Step.stop(denied("registration_changed", "the agent or a tool was changed while this was decided"));
        }
        if (tasks.hold(parent.id()).isEmpty()) {
            return Step.stop(denied("task_ended", "the task has ended"));
        }
        if (!delegations.hasRoom(parent.agentId())) {
            return Step.stop(Refusal.full(
                    "agent_delegation_cap",
                    "This agent has handed on as much that nobody has taken up as errand.task.max-delegations-per-agent"
                            + " allows; try again when some is taken up or over."));
        }
        Optional<Delegation> made = delegations.hand(
                parent, new Delegations.Handed(asked.child(), asked.purpose(), asked.ceiling(), asked.ttl()));
        made.ifPresent(delegation -> audit.record(trail.event("delegation.created")
                .outcome("granted")
                .with("delegation", delegation.id().toString())
                .with("to", delegation.agent())
                .with("purpose", delegation.purpose())
                .with("on_behalf_of", parent.onBehalfOf().orElse(null))
                .with("expires_at", delegation.expiresAt().toString())));
        return made.map(Step::pass)
                .orElseGet(() -> Step.stop(Refusal.full(
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
