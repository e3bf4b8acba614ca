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
import io.errand.broker.policy.Question;
import io.errand.broker.policy.Ruling;
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

/** One decision from top to bottom: task, lock, agent, tool, ceiling, fingerprint, policy, credential; then what it leaves. */
@Component
class Deliberation {

    private static final Fingerprint UNKNOWN = new Fingerprint(null, null, null, null);

    private final Opened opened;
    private final Exceptions exceptions;
    private final Asking asking;
    private final Sweep sweep;

    Deliberation(Opened opened, Exceptions exceptions, Asking asking, Sweep sweep) {
        this.opened = opened;
        this.exceptions = exceptions;
        this.asking = asking;
        this.sweep = sweep;
    }

    Verdict decide(Matter matter, Known known) {
        return switch (matter.item()) {
            case Item.Bad(String message) -> Verdict.deny(matter, "unreadable", message);
            case Item.Good good when matter.isOpen() -> opened.decide(matter, good);
            case Item.Good good ->
                matter.task()
                        .map(task -> decide(matter, good, task, known))
                        .orElseGet(() -> Verdict.deny(
                                matter, "task_unknown", "The subject is not a task that this token may ask about."));
        };
    }

    private Verdict decide(Matter matter, Item.Good good, Task task, Known known) {
        Optional<TaskDeclaration> declaration = known.live(task);
        if (declaration.isEmpty()) {
            return Verdict.deny(matter, "task_ended", "The task has ended; declare a new one.");
        }
        if (!good.resource().type().equals("tool")) {
            return Verdict.deny(matter, "resource_type", "For a task, resource.type is tool.");
        }
        String name = good.resource().id();
        if (known.stopping(task, name).isPresent()) {
            return Verdict.deny(matter, "locked", "This was stopped by an operator; ask the agent's owner.");
        }
        Optional<Agent> agent = known.agent(task);
        if (agent.isEmpty()) {
            return Verdict.deny(matter, "agent_deleted", "The agent is registered no more.");
        }
        if (known.standing(agent.get()) instanceof Standing.Bad(String reason, String detail)) {
            return Verdict.deny(matter, reason, "This agent may not act now; its owner can tell why.");
        }
        Optional<Standing.Bad> above = known.broken(task);
        if (above.isPresent()) {
            return Verdict.deny(
                    matter,
                    above.get().reason(),
                    "An agent that handed this task down may not act now; its owner can tell why.");
        }
        Optional<Tool> tool = known.within(task, agent.get(), name, good.action());
        if (tool.isEmpty()) {
            return Verdict.deny(
                    matter, "outside_ceiling", "The tool or its action is unknown, or not one of this task's.");
        }
        return drifted(matter, good, new Case(task, declaration.get(), agent.get(), tool.get()), known);
    }

    private Verdict drifted(Matter matter, Item.Good good, Case of, Known known) {
        Fingerprint begun = of.declaration().fingerprint() == null
                ? UNKNOWN
                : of.declaration().fingerprint();
        Optional<String> changed = good.fingerprint()
                .flatMap(now -> Drift.between(begun, now)
                        .or(() -> Drift.between(of.agent().fingerprint(), now)));
        if (changed.isPresent() && of.agent().onDrift() == Agent.OnDrift.DENY) {
            return Verdict.deny(
                    matter,
                    "fingerprint_changed",
                    "The agent is not made of what its task began with (" + changed.get() + "); begin a new task.");
        }
        return ruled(matter, good, of, known, changed.isPresent());
    }

    private Verdict ruled(Matter matter, Item.Good good, Case of, Known known, boolean isDrifted) {
        Sessions.Key session = Sessions.Key.of(of.task());
        Memory memory = known.ledger().memory(session);
        Question question = of.question("use", List.of(good.action()), memory, known.now(), isDrifted);
        Exceptions.Ruled ruled = exceptions.rule(question, of, known.book());
        List<Need> needs = new ArrayList<>();
        if (isDrifted) {
            needs.add(Approvals.ofOwner(of.agent().owner()));
        }
        if (ruled.ruling() instanceof Ruling.Defer defer) {
            defer.approvals().forEach(one -> needs.add(new Need(one.group(), one.people(), one.ownerMayNot())));
            // As it is once they have approved, which is what they are shown.
            ruled = exceptions.rule(approved(question, defer), of, known.book());
        }
        Verdict verdict = switch (ruled.ruling()) {
            case Ruling.Deny deny -> denied(matter, of, deny);
            case Ruling.Defer defer ->
                Verdict.deny(matter, "approval_not_enough", List.of("No approval permits this."), defer.policies());
            case Ruling.Permit permit ->
                permitted(matter, good, of, known, permit, needs, ruled.breakGlass(), isDrifted);
        };
        return verdict.isPermit() ? marked(verdict, good, of, known, memory) : verdict.in(memory.labels());
    }

    private static Question approved(Question question, Ruling.Defer defer) {
        return question.in(question.circumstances()
                .approvedBy(defer.approvals().stream()
                        .map(Ruling.Approval::group)
                        .collect(Collectors.toUnmodifiableSet())));
    }

    private static Verdict denied(Matter matter, Case of, Ruling.Deny deny) {
        return Verdict.deny(
                matter,
                "policy_" + deny.reason(),
                deny.reasons().isEmpty()
                        ? List.of("No policy permits this for " + of.tool().name() + ".")
                        : deny.reasons(),
                deny.policies());
    }

    private Verdict permitted(
            Matter matter,
            Item.Good good,
            Case of,
            Known known,
            Ruling.Permit permit,
            List<Need> needs,
            Optional<UUID> broken,
            boolean isDrifted) {
        if (!known.isGranted(of.task(), of.tool().name(), good.action())) {
            return Verdict.deny(
                    matter,
                    "not_granted",
                    List.of("The task has no live credential for this; exchange for one first."),
                    permit.policies());
        }
        Verdict verdict = Verdict.permit(matter, of.kind(good.action()), permit.policies(), obligations(permit));
        if (!needs.isEmpty()) {
            switch (asking.about(new Asking.Act(matter, good, of, needs, permit, broken, isDrifted))) {
                case Asking.Answer.Not(Verdict not) -> {
                    return not;
                }
                case Asking.Answer.Given(UUID approval) -> verdict = verdict.noting("approval", approval.toString());
            }
        }
        if (broken.isPresent()) {
            exceptions.note(broken.get(), permit, matter, of);
            verdict = verdict.noting("break_glass", broken.get().toString());
        }
        return verdict;
    }

    /** It counts from now on, whatever comes of it: a limit would not hold if those under way did not count. */
    private Verdict marked(Verdict permit, Item.Good good, Case of, Known known, Memory before) {
        Sessions.Key session = Sessions.Key.of(of.task());
        Memory news = known.ledger()
                .add(
                        session,
                        Sessions.Use.of(of.tool(), good.action(), reached(of.tool(), of.task(), good.datatypes())));
        if (news.isEmpty()) {
            return permit.in(before.labels());
        }
        List<UUID> revoked = sweep.sweep(session, news, known, permit.matter().askedBy());
        return permit.in(known.ledger().memory(session).labels()).revoking(revoked);
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

    private static List<Obligation> obligations(Ruling.Permit permit) {
        Duration most = permit.maxTtl();
        return most == null ? List.of() : List.of(new Obligation("max_ttl", most.toString()));
    }
}
