package io.errand.broker.exchange;

import io.errand.api.ApprovalView.Need;
import io.errand.broker.approval.Approvals;
import io.errand.broker.approval.Approvals.Approved;
import io.errand.broker.approval.BreakGlass;
import io.errand.broker.approval.BreakGlass.Ruled;
import io.errand.broker.policy.Circumstances;
import io.errand.broker.policy.Policies;
import io.errand.broker.policy.Question;
import io.errand.broker.policy.Rulebook;
import io.errand.broker.policy.Ruling;
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
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What policy says of all that is wanted, with what people and operators have said before. */
@Component
class Judgement {

    private final Policies policies;
    private final Remembrance remembrance;
    private final BreakGlass breakGlass;
    private final Spans spans;
    private final Clock clock;

    Judgement(Policies policies, Remembrance remembrance, BreakGlass breakGlass, Spans spans, Clock clock) {
        this.policies = policies;
        this.remembrance = remembrance;
        this.breakGlass = breakGlass;
        this.spans = spans;
        this.clock = clock;
    }

    /**
     * Permitted, once {@code needs} are met.
     *
     * @param permitted as it will be when they are
     * @param needs empty: nobody has to approve
     */
    record Judged(List<Permitted> permitted, List<Need> needs) {}

    Step<Judged> of(List<Wanted> all, Caller caller, Work work, Trail trail) {
        return traced(
                all,
                trail,
                () -> decided(all, caller, work, trail),
                judged -> judged.needs().isEmpty() ? "permit" : "defer");
    }

    private <T> Step<T> traced(List<Wanted> all, Trail trail, Supplier<Step<T>> decision, Function<T, String> effect) {
        return spans.within("errand.policy", note -> {
            Step<T> step = decision.get();
            note.put("errand.decision_id", trail.decision().toString());
            note.put(
                    "errand.tools",
                    String.join(",", all.stream().map(one -> one.tool().name()).toList()));
            note.put(
                    "errand.effect",
                    switch (step) {
                        case Step.Passed<T>(T value) -> effect.apply(value);
                        case Step.Stopped<T> stopped -> "deny";
                    });
            return step;
        });
    }

    private Step<Judged> decided(List<Wanted> all, Caller caller, Work work, Trail trail) {
        Rulebook book = policies.inForce();
        TreeMap<String, Need> needs = new TreeMap<>();
        if (work.drifted()) {
            Need owner = Approvals.ofOwner(caller.agent().owner());
            needs.put(owner.group(), owner);
        }
        List<Permitted> permitted = new ArrayList<>();
        for (Wanted wanted : all) {
            Ruled ruled = rule(wanted, caller, work, Set.of(), book);
            switch (ruled.ruling()) {
                case Ruling.Defer defer -> {
                    noted(wanted, ruled, trail);
                    defer.approvals()
                            .forEach(approval -> needs.merge(approval.group(), need(approval), Judgement::both));
                }
                case Ruling.Permit permit -> permitted.add(permitted(wanted, ruled, permit, trail));
                case Ruling.Deny deny -> {
                    return denied(wanted, ruled, deny, trail);
                }
            }
        }
        List<Need> asked = List.copyOf(needs.values());
        return asked.isEmpty()
                ? Step.pass(new Judged(permitted, asked))
                : approved(all, caller, work, needs.keySet(), book, new Trail())
                        .then(then -> Step.pass(new Judged(then, asked)));
    }

    /** Decided again at its use: what a person approved is a permit only if policy says so now. */
    Step<List<Permitted>> again(List<Wanted> all, Caller caller, Work work, Approved approval, Trail trail) {
        String owner = Approvals.ofOwner(caller.agent().owner()).group();
        return traced(
                all,
                trail,
                () -> work.drifted() && !approval.groups().contains(owner)
                        ? notEnough("the agent is not made of what was registered, and its owner was not asked")
                        : approved(all, caller, work, approval.groups(), policies.inForce(), trail),
                permitted -> "permit");
    }

    private Step<List<Permitted>> approved(
            List<Wanted> all, Caller caller, Work work, Set<String> groups, Rulebook book, Trail trail) {
        List<Permitted> permitted = new ArrayList<>();
        for (Wanted wanted : all) {
            Ruled ruled = rule(wanted, caller, work, groups, book);
            switch (ruled.ruling()) {
                case Ruling.Permit permit -> permitted.add(permitted(wanted, ruled, permit, trail));
                case Ruling.Deny deny -> {
                    return denied(wanted, ruled, deny, trail);
                }
                case Ruling.Defer defer -> {
                    noted(wanted, ruled, trail);
                    return notEnough("approval by " + defer.approvers() + " is needed for "
                            + wanted.tool().name());
                }
            }
        }
        return Step.pass(permitted);
    }

    private static <T> Step<T> notEnough(String detail) {
        return Step.stop(Refusal.accessDenied(
                "approval_not_enough", "What was approved is not enough for what is wanted now; ask again.", detail));
    }

    private Ruled rule(Wanted wanted, Caller caller, Work work, Set<String> groups, Rulebook book) {
        Circumstances now = Circumstances.at(clock.instant())
                .approvedBy(groups)
                .runtime(caller.surroundings())
                .fingerprintChanged(work.drifted())
                .senderConstrained(caller.binding().isPresent())
                .session(remembrance.of(caller, work));
        return rule(
                question(wanted, caller, work, now),
                work.existing().map(Task::id).orElse(null),
                book);
    }

    /** In the transaction of a grant, which holds locks off: a change of the policies comes after it, or is seen here. */
    boolean stands(List<Permitted> permitted) {
        return permitted.stream().map(Permitted::book).distinct().allMatch(policies::isInForce);
    }

    boolean stands(Ruled ruled) {
        return policies.isInForce(ruled.book());
    }

    /** @param task that is there already; null: it is being declared */
    Ruled rule(Question question, @Nullable UUID task) {
        return rule(question, task, policies.inForce());
    }

    /** A break-glass is held when what it is for is recorded: until then nothing hangs on it. */
    private Ruled rule(Question question, @Nullable UUID task, Rulebook book) {
        return breakGlass.rule(question, task, book, id -> true);
    }

    private static Permitted permitted(Wanted wanted, Ruled ruled, Ruling.Permit permit, Trail trail) {
        noted(wanted, ruled, trail);
        return new Permitted(
                wanted,
                permit.maxTtl(),
                permit.policies(),
                ruled.breakGlass(),
                ruled.lifted(),
                ruled.question().circumstances().session(),
                ruled.book());
    }

    private static <T> Step<T> denied(Wanted wanted, Ruled ruled, Ruling.Deny deny, Trail trail) {
        noted(wanted, ruled, trail);
        String tool = wanted.tool().name();
        return Step.stop(
                deny.reason().equals(Ruling.Deny.UNAVAILABLE)
                        ? Refusal.undecided("policy_unavailable", "the policies could not be read")
                        : Refusal.accessDenied(
                                "policy_" + deny.reason(),
                                deny.reasons().isEmpty()
                                        ? "No policy permits this for " + tool + "."
                                        : String.join(" ", deny.reasons()),
                                "policy denies " + wanted.actions() + " on " + tool));
    }

    private static void noted(Wanted wanted, Ruled ruled, Trail trail) {
        trail.passed(
                "access",
                "tool",
                wanted.tool().name(),
                "version",
                wanted.tool().version(),
                "actions",
                wanted.actions());
        trail.ruled(ruled);
    }

    private static Need need(Ruling.Approval approval) {
        return new Need(approval.group(), approval.people(), approval.ownerMayNot());
    }

    private static Need both(Need one, Need other) {
        return new Need(one.group(), Math.max(one.people(), other.people()), one.ownerMayNot() || other.ownerMayNot());
    }

    private static Question question(Wanted wanted, Caller caller, Work work, Circumstances circumstances) {
        String onBehalfOf = caller.subjectName().startsWith("person:") ? caller.subjectName() : null;
        return new Question(
                "issue",
                caller.agent(),
                wanted.tool(),
                wanted.actions(),
                new Question.Facts(
                        work.type(),
                        work.purpose(),
                        work.depth(),
                        onBehalfOf,
                        work.ttl(),
                        work.context(),
                        work.attested()),
                circumstances);
    }
}
