package io.errand.broker.evaluation;

import io.errand.api.ApprovalView.Need;
import io.errand.api.AuthorizationDetail;
import io.errand.api.EvaluationAnswer.Obligation;
import io.errand.api.Fingerprint;
import io.errand.api.TaskDeclaration;
import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Drift;
import io.errand.broker.agent.Standing;
import io.errand.broker.approval.Approvals;
import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.task.Sessions;
import io.errand.broker.task.Sessions.Memory;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/**
 * Makes one decision: checks task, lock, agent, tool, ceiling, fingerprint, policy and credential, in this order, and records
 * its effects on the session.
 */
@Component
class ActionDecider {

    private static final Fingerprint UNKNOWN = new Fingerprint(null, null, null, null);

    private final OpenPolicyEvaluator openPolicyEvaluator;
    private final BreakGlassEvaluation breakGlassEvaluation;
    private final ActionApprovalCheck actionApprovalCheck;
    private final SessionLeaseRevoker sessionLeaseRevoker;

    ActionDecider(
            OpenPolicyEvaluator openPolicyEvaluator,
            BreakGlassEvaluation breakGlassEvaluation,
            ActionApprovalCheck actionApprovalCheck,
            SessionLeaseRevoker sessionLeaseRevoker) {
        this.openPolicyEvaluator = openPolicyEvaluator;
        this.breakGlassEvaluation = breakGlassEvaluation;
        this.actionApprovalCheck = actionApprovalCheck;
        this.sessionLeaseRevoker = sessionLeaseRevoker;
    }

    ActionDecision decide(EvaluationRequest evaluationRequest, BatchSnapshot batchSnapshot) {
        return switch (evaluationRequest.evaluationItem()) {
            case EvaluationItem.InvalidEvaluation(String message) ->
                ActionDecision.deny(evaluationRequest, "unreadable", message);
            case EvaluationItem.ParsedEvaluation good
            when evaluationRequest.isOpen() -> openPolicyEvaluator.decide(evaluationRequest, good);
            case EvaluationItem.ParsedEvaluation good ->
                evaluationRequest
                        .task()
                        .map(task -> decide(evaluationRequest, good, task, batchSnapshot))
                        .orElseGet(() -> ActionDecision.deny(
                                evaluationRequest,
                                "task_unknown",
                                "The subject is not a task that this token may ask about."));
        };
    }

    private ActionDecision decide(
            EvaluationRequest evaluationRequest,
            EvaluationItem.ParsedEvaluation good,
            Task task,
            BatchSnapshot batchSnapshot) {
        Optional<TaskDeclaration> declaration = batchSnapshot.live(task);
        if (declaration.isEmpty()) {
            return ActionDecision.deny(evaluationRequest, "task_ended", "The task has ended; declare a new one.");
        }
        if (!good.resource().type().equals("tool")) {
            return ActionDecision.deny(evaluationRequest, "resource_type", "For a task, resource.type is tool.");
        }
        String name = good.resource().id();
        if (batchSnapshot.stopping(task, name).isPresent()) {
            return ActionDecision.deny(
                    evaluationRequest, "locked", "This was stopped by an operator; ask the agent's owner.");
        }
        Optional<Agent> agent = batchSnapshot.agent(task);
        if (agent.isEmpty()) {
            return ActionDecision.deny(evaluationRequest, "agent_deleted", "The agent is no longer registered.");
        }
        if (batchSnapshot.standing(agent.get()) instanceof Standing.Bad(String reason, String detail)) {
            return ActionDecision.deny(
                    evaluationRequest, reason, "This agent may not act now; its owner can tell why.");
        }
        Optional<Standing.Bad> above = batchSnapshot.broken(task);
        if (above.isPresent()) {
            return ActionDecision.deny(
                    evaluationRequest,
                    above.get().reason(),
                    "An agent that handed this task down may not act now; its owner can tell why.");
        }
        Optional<Tool> tool = batchSnapshot.within(task, agent.get(), name, good.action());
        if (tool.isEmpty()) {
            return ActionDecision.deny(
                    evaluationRequest,
                    "outside_ceiling",
                    "The tool or its action is unknown, or not one of this task's.");
        }
        return drifted(
                evaluationRequest,
                good,
                new EvaluationContext(
                        task, declaration.get(), agent.get(), tool.get(), batchSnapshot.standings(task, tool.get())),
                batchSnapshot);
    }

    private ActionDecision drifted(
            EvaluationRequest evaluationRequest,
            EvaluationItem.ParsedEvaluation good,
            EvaluationContext of,
            BatchSnapshot batchSnapshot) {
        Fingerprint begun = of.declaration().fingerprint() == null
                ? UNKNOWN
                : of.declaration().fingerprint();
        Optional<Drift> changed = good.fingerprint()
                .flatMap(now -> Drift.between(begun, now)
                        .or(() -> Drift.between(of.agent().fingerprint(), now)));
        if (changed.isPresent() && of.agent().onDrift() != Agent.OnDrift.DEFER) {
            return ActionDecision.deny(
                    evaluationRequest,
                    "fingerprint_changed",
                    "The agent is not made of what its task began with ("
                            + changed.get().members() + "); begin a new task.");
        }
        return ruled(evaluationRequest, good, of, batchSnapshot, changed.isPresent());
    }

    private ActionDecision ruled(
            EvaluationRequest evaluationRequest,
            EvaluationItem.ParsedEvaluation good,
            EvaluationContext of,
            BatchSnapshot batchSnapshot,
            boolean isDrifted) {
        Sessions.Key session = Sessions.Key.of(of.task());
        Memory memory = batchSnapshot.ledger().memory(session);
        PolicyRequest policyRequest =
                of.question("use", List.of(good.action()), memory, batchSnapshot.now(), isDrifted);
        BreakGlassEvaluation.Ruled ruled = breakGlassEvaluation.rule(policyRequest, of, batchSnapshot.book());
        List<Need> needs = new ArrayList<>();
        if (isDrifted) {
            needs.add(Approvals.ofOwner(of.agent().owner()));
        }
        if (ruled.policyDecision() instanceof PolicyDecision.Defer defer) {
            defer.approvals().forEach(one -> needs.add(new Need(one.group(), one.people(), one.ownerMayNot())));
            // As it is once they have approved, which is what they are shown.
            ruled = breakGlassEvaluation.rule(approved(policyRequest, defer), of, batchSnapshot.book());
        }
        ActionDecision actionDecision = switch (ruled.policyDecision()) {
            case PolicyDecision.Deny deny -> denied(evaluationRequest, of, deny);
            case PolicyDecision.Defer defer ->
                ActionDecision.deny(
                        evaluationRequest,
                        "approval_not_enough",
                        List.of("No approval permits this."),
                        defer.policies());
            case PolicyDecision.Permit permit ->
                permitted(evaluationRequest, good, of, batchSnapshot, permit, needs, ruled.breakGlass(), isDrifted);
        };
        return actionDecision.isPermit()
                ? marked(actionDecision, good, of, batchSnapshot, memory)
                : actionDecision.in(memory.labels());
    }

    private static PolicyRequest approved(PolicyRequest policyRequest, PolicyDecision.Defer defer) {
        return policyRequest.in(policyRequest
                .policyContext()
                .approvedBy(defer.approvals().stream()
                        .map(PolicyDecision.Approval::group)
                        .collect(Collectors.toUnmodifiableSet())));
    }

    private static ActionDecision denied(
            EvaluationRequest evaluationRequest, EvaluationContext of, PolicyDecision.Deny deny) {
        return ActionDecision.deny(
                evaluationRequest,
                deny.code(),
                deny.sentences("No policy permits this for " + of.tool().name() + "."),
                deny.policies());
    }

    private ActionDecision permitted(
            EvaluationRequest evaluationRequest,
            EvaluationItem.ParsedEvaluation good,
            EvaluationContext of,
            BatchSnapshot batchSnapshot,
            PolicyDecision.Permit permit,
            List<Need> needs,
            Optional<UUID> broken,
            boolean isDrifted) {
        if (!batchSnapshot.isGranted(of.task(), of.tool().name(), good.action())) {
            return ActionDecision.deny(
                    evaluationRequest,
                    "not_granted",
                    List.of("The task has no live credential for this; exchange for one first."),
                    permit.policies());
        }
        ActionDecision actionDecision = ActionDecision.permit(
                evaluationRequest, of.kind(good.action()), permit.policies(), obligations(permit));
        if (!needs.isEmpty()) {
            switch (actionApprovalCheck.about(
                    new ActionApprovalCheck.Act(evaluationRequest, good, of, needs, permit, broken, isDrifted))) {
                case ActionApprovalCheck.Answer.Not(ActionDecision not) -> {
                    return not;
                }
                case ActionApprovalCheck.Answer.Given(UUID approval) ->
                    actionDecision = actionDecision.noting("approval", approval.toString());
            }
        }
        if (broken.isPresent()) {
            breakGlassEvaluation.note(broken.get(), permit, evaluationRequest, of);
            actionDecision = actionDecision.noting("break_glass", broken.get().toString());
        }
        return actionDecision;
    }

    /** It counts from now on, whatever comes of it: a limit would not hold if those under way did not count. */
    private ActionDecision marked(
            ActionDecision permit,
            EvaluationItem.ParsedEvaluation good,
            EvaluationContext of,
            BatchSnapshot batchSnapshot,
            Memory before) {
        Sessions.Key session = Sessions.Key.of(of.task());
        Memory news = batchSnapshot
                .ledger()
                .add(
                        session,
                        Sessions.Use.of(of.tool(), good.action(), reached(of.tool(), of.task(), good.datatypes())));
        if (news.isEmpty()) {
            return permit.in(before.labels());
        }
        List<UUID> revoked = sessionLeaseRevoker.sweep(
                session, news, batchSnapshot, permit.evaluationRequest().askedBy());
        return permit.in(batchSnapshot.ledger().memory(session).labels()).revoking(revoked);
    }

    /** The classes of data that the request names, if all are granted; otherwise any that is granted. Empty: any that there is. */
    private static Optional<Set<String>> reached(Tool tool, Task task, Set<String> named) {
        List<AuthorizationDetail> details = task.ceiling().stream()
                .filter(detail -> detail.identifier().equals(tool.name()))
                .toList();
        Set<String> granted = new HashSet<>();
        for (AuthorizationDetail detail : details) {
            if (detail.datatypes() == null) {
                granted.clear();
                tool.datatypes().forEach(type -> granted.add(type.name()));
                return named.isEmpty() || !granted.containsAll(named) ? Optional.empty() : Optional.of(named);
            }
            granted.addAll(detail.datatypes());
        }
        return Optional.of(named.isEmpty() || !granted.containsAll(named) ? granted : named);
    }

    private static List<Obligation> obligations(PolicyDecision.Permit permit) {
        Duration most = permit.maxTtl();
        return most == null ? List.of() : List.of(new Obligation("max_ttl", most.toString()));
    }
}
