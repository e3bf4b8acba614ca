package io.errand.broker.grant;

import io.errand.api.ApprovalView.Need;
import io.errand.broker.approval.Approvals;
import io.errand.broker.approval.Approvals.Approved;
import io.errand.broker.approval.BreakGlass;
import io.errand.broker.approval.BreakGlass.Ruled;
import io.errand.broker.caller.Caller;
import io.errand.broker.caller.DecisionTrace;
import io.errand.broker.caller.GrantStep;
import io.errand.broker.caller.Refusal;
import io.errand.broker.caller.TaskLimits;
import io.errand.broker.exception.Exceptions;
import io.errand.broker.policy.Policies;
import io.errand.broker.policy.PolicyContext;
import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.policy.PolicySnapshot;
import io.errand.broker.risk.Risks;
import io.errand.broker.shared.tracing.Spans;
import io.errand.broker.task.Task;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Asks policy about every requested access, with the approvals and break-glass that apply. */
@Component
public class PolicyCheck {

    private final Policies policies;
    private final SessionMarks sessionMarks;
    private final BreakGlass breakGlass;
    private final Risks risks;
    private final Exceptions exceptions;
    private final Spans spans;
    private final Clock clock;

    PolicyCheck(
            Policies policies,
            SessionMarks sessionMarks,
            BreakGlass breakGlass,
            Risks risks,
            Exceptions exceptions,
            Spans spans,
            Clock clock) {
        this.policies = policies;
        this.sessionMarks = sessionMarks;
        this.breakGlass = breakGlass;
        this.risks = risks;
        this.exceptions = exceptions;
        this.spans = spans;
        this.clock = clock;
    }

    /**
     * Permitted, once {@code needs} are met.
     *
     * @param permittedAccess as it will be when they are
     * @param needs empty: nobody has to approve
     */
    record Judged(List<PermittedAccess> permittedAccess, List<Need> needs) {}

    GrantStep<Judged> of(
            List<RequestedAccess> all, Caller caller, RequestedTask requestedTask, DecisionTrace decisionTrace) {
        return traced(
                all,
                decisionTrace,
                () -> decided(all, caller, requestedTask, decisionTrace),
                judged -> judged.needs().isEmpty() ? "permit" : "defer");
    }

    private <T> GrantStep<T> traced(
            List<RequestedAccess> all,
            DecisionTrace decisionTrace,
            Supplier<GrantStep<T>> decision,
            Function<T, String> effect) {
        return spans.within("errand.policy", note -> {
            GrantStep<T> grantStep = decision.get();
            note.put("errand.decision_id", decisionTrace.decision().toString());
            note.put(
                    "errand.tools",
                    String.join(",", all.stream().map(one -> one.tool().name()).toList()));
            note.put(
                    "errand.effect",
                    switch (grantStep) {
                        case GrantStep.Passed<T>(T value) -> effect.apply(value);
                        case GrantStep.Stopped<T> stopped -> "deny";
                    });
            return grantStep;
        });
    }

    private GrantStep<Judged> decided(
            List<RequestedAccess> all, Caller caller, RequestedTask requestedTask, DecisionTrace decisionTrace) {
        PolicySnapshot book = policies.inForce();
        TreeMap<String, Need> needs = new TreeMap<>();
        if (requestedTask.drifted()) {
            Need owner = Approvals.ofOwner(caller.agent().owner());
            needs.put(owner.group(), owner);
        }
        List<PermittedAccess> permittedAccess = new ArrayList<>();
        for (RequestedAccess requestedAccess : all) {
            Ruled ruled = rule(requestedAccess, caller, requestedTask, Set.of(), book);
            switch (ruled.policyDecision()) {
                case PolicyDecision.Defer defer -> {
                    noted(requestedAccess, ruled, decisionTrace);
                    defer.approvals()
                            .forEach(approval -> needs.merge(approval.group(), need(approval), PolicyCheck::both));
                }
                case PolicyDecision.Permit permit ->
                    permittedAccess.add(permitted(requestedAccess, ruled, permit, decisionTrace));
                case PolicyDecision.Deny deny -> {
                    return denied(requestedAccess, ruled, deny, decisionTrace);
                }
            }
        }
        List<Need> asked = List.copyOf(needs.values());
        return asked.isEmpty()
                ? GrantStep.pass(new Judged(permittedAccess, asked))
                : approved(all, caller, requestedTask, needs.keySet(), book, new DecisionTrace())
                        .map(then -> new Judged(then, asked));
    }

    /** Decided again at its use: what a person approved is a permit only if policy says so now. */
    GrantStep<List<PermittedAccess>> again(
            List<RequestedAccess> all,
            Caller caller,
            RequestedTask requestedTask,
            Approved approval,
            DecisionTrace decisionTrace) {
        String owner = Approvals.ofOwner(caller.agent().owner()).group();
        return traced(
                all,
                decisionTrace,
                () -> requestedTask.drifted() && !approval.groups().contains(owner)
                        ? notEnough("the agent is not made of what was registered, and its owner was not asked")
                        : approved(all, caller, requestedTask, approval.groups(), policies.inForce(), decisionTrace),
                permittedAccess -> "permit");
    }

    private GrantStep<List<PermittedAccess>> approved(
            List<RequestedAccess> all,
            Caller caller,
            RequestedTask requestedTask,
            Set<String> groups,
            PolicySnapshot book,
            DecisionTrace decisionTrace) {
        List<PermittedAccess> permittedAccess = new ArrayList<>();
        for (RequestedAccess requestedAccess : all) {
            Ruled ruled = rule(requestedAccess, caller, requestedTask, groups, book);
            switch (ruled.policyDecision()) {
                case PolicyDecision.Permit permit ->
                    permittedAccess.add(permitted(requestedAccess, ruled, permit, decisionTrace));
                case PolicyDecision.Deny deny -> {
                    return denied(requestedAccess, ruled, deny, decisionTrace);
                }
                case PolicyDecision.Defer defer -> {
                    noted(requestedAccess, ruled, decisionTrace);
                    return notEnough("approval by " + defer.approvers() + " is needed for "
                            + requestedAccess.tool().name());
                }
            }
        }
        return GrantStep.pass(permittedAccess);
    }

    private static <T> GrantStep<T> notEnough(String detail) {
        return GrantStep.stop(Refusal.accessDenied(
                "approval_not_enough", "What was approved is not enough for what is wanted now; ask again.", detail));
    }

    private Ruled rule(
            RequestedAccess requestedAccess,
            Caller caller,
            RequestedTask requestedTask,
            Set<String> groups,
            PolicySnapshot book) {
        PolicyContext now = PolicyContext.at(clock.instant())
                .approvedBy(groups)
                .runtime(caller.surroundings())
                .fingerprintChanged(requestedTask.drifted())
                .senderConstrained(caller.binding().isPresent())
                .session(sessionMarks.of(caller, requestedTask))
                .risk(risks.of(asked(requestedAccess, caller, requestedTask)))
                .exceptions(exceptions.of(
                        caller.agent().name(), requestedAccess.tool().name()));
        return rule(
                question(requestedAccess, caller, requestedTask, now),
                requestedTask.existing().map(Task::id).orElse(null),
                book);
    }

    private static Risks.Access asked(RequestedAccess requestedAccess, Caller caller, RequestedTask requestedTask) {
        List<String> agents = Stream.concat(
                        requestedTask.bounds().map(TaskLimits::actors).orElse(List.of()).stream(),
                        Stream.of(caller.agent().name()))
                .toList();
        return new Risks.Access(
                agents,
                requestedTask.root(),
                requestedTask.type(),
                requestedAccess.tool(),
                requestedAccess.datatypes());
    }

    /**
     * In the transaction of a grant, which holds locks off: a change of the policies, or a signal, comes after it, or is seen here.
     */
    boolean stands(List<PermittedAccess> permittedAccess, Caller caller, RequestedTask requestedTask) {
        return permittedAccess.stream().map(PermittedAccess::book).distinct().allMatch(policies::isInForce)
                && permittedAccess.stream()
                        .allMatch(one -> risks.isStill(
                                asked(one.requestedAccess(), caller, requestedTask),
                                one.asked().policyContext().risk()))
                && permittedAccess.stream().map(PermittedAccess::asked).allMatch(this::isStillExcepted);
    }

    private boolean isStillExcepted(PolicyRequest asked) {
        return exceptions.isStill(
                asked.agent().name(), asked.tool().name(), asked.policyContext().exceptions());
    }

    public boolean stands(Ruled ruled) {
        return policies.isInForce(ruled.book()) && isStillExcepted(ruled.policyRequest());
    }

    /** @param task that is there already; null: it is being declared */
    public Ruled rule(PolicyRequest policyRequest, @Nullable UUID task) {
        return rule(policyRequest, task, policies.inForce());
    }

    /** A break-glass is held when what it is for is recorded: until then nothing hangs on it. */
    private Ruled rule(PolicyRequest policyRequest, @Nullable UUID task, PolicySnapshot book) {
        return breakGlass.rule(policyRequest, task, book, id -> true);
    }

    private static PermittedAccess permitted(
            RequestedAccess requestedAccess, Ruled ruled, PolicyDecision.Permit permit, DecisionTrace decisionTrace) {
        noted(requestedAccess, ruled, decisionTrace);
        return new PermittedAccess(
                requestedAccess,
                permit.maxTtl(),
                permit.policies(),
                ruled.breakGlass(),
                ruled.lifted(),
                ruled.policyRequest(),
                ruled.book());
    }

    private static <T> GrantStep<T> denied(
            RequestedAccess requestedAccess, Ruled ruled, PolicyDecision.Deny deny, DecisionTrace decisionTrace) {
        noted(requestedAccess, ruled, decisionTrace);
        String tool = requestedAccess.tool().name();
        return GrantStep.stop(
                deny.reason().equals(PolicyDecision.Deny.UNAVAILABLE)
                        ? Refusal.undecided("policy_unavailable", "the policies could not be read")
                        : Refusal.accessDenied(
                                deny.code(),
                                String.join(" ", deny.sentences("No policy permits this for " + tool + ".")),
                                deny.whyNot(requestedAccess.actions(), tool).detail()));
    }

    private static void noted(RequestedAccess requestedAccess, Ruled ruled, DecisionTrace decisionTrace) {
        decisionTrace.passed(
                "access",
                "tool",
                requestedAccess.tool().name(),
                "version",
                requestedAccess.tool().version(),
                "actions",
                requestedAccess.actions());
        decisionTrace.ruled(ruled);
    }

    private static Need need(PolicyDecision.Approval approval) {
        return new Need(approval.group(), approval.people(), approval.ownerMayNot());
    }

    private static Need both(Need one, Need other) {
        return new Need(one.group(), Math.max(one.people(), other.people()), one.ownerMayNot() || other.ownerMayNot());
    }

    private static PolicyRequest question(
            RequestedAccess requestedAccess, Caller caller, RequestedTask requestedTask, PolicyContext policyContext) {
        String onBehalfOf = caller.subjectName().startsWith("person:") ? caller.subjectName() : null;
        return new PolicyRequest(
                "issue",
                caller.agent(),
                requestedAccess.tool(),
                requestedAccess.actions(),
                new PolicyRequest.Facts(
                        requestedTask.type(),
                        requestedTask.purpose(),
                        requestedTask.depth(),
                        onBehalfOf,
                        requestedTask.ttl(),
                        requestedTask.context(),
                        requestedTask.attested(),
                        requestedTask.origin() == Task.Origin.DECLARED),
                policyContext);
    }
}
