package io.errand.broker.policy.cedar;

import com.cedarpolicy.model.policy.Policy;
import com.cedarpolicy.model.policy.PolicySet;
import io.errand.broker.policy.cedar.PolicySubset.Member;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Some policies as one, which applies if one of them does: most of what a policy costs Cedar is for there being one, whatever it
 * says. That the one neither applies nor fails is true of each of them as well; who applies or fails is asked of them themselves.
 */
final class MergedPolicies {

    private static final int SIZE = 16;

    /** With fewer permits, asking again which one it was costs more than it saves; a forbid seldom applies. */
    private static final int PERMITS = 64;

    private final List<Member> members;
    private final String source;
    private @Nullable PolicySet each;

    private MergedPolicies(List<Member> members, String source) {
        this.members = members;
        this.source = source;
    }

    /** Policies that take part in the same evaluations. */
    private record Kind(boolean forbids, Set<EvaluationPhase> parts) {

        static Kind of(Member member) {
            Set<EvaluationPhase> parts = EnumSet.noneOf(EvaluationPhase.class);
            Arrays.stream(EvaluationPhase.values())
                    .filter(evaluationPhase -> evaluationPhase.has(member.rule()))
                    .forEach(parts::add);
            return new Kind(member.rule().forbids(), parts);
        }

        boolean isWorth(int policies) {
            return policies >= (forbids ? SIZE : PERMITS);
        }
    }

    /** Of what can be asked together, without the rest. */
    static List<MergedPolicies> of(List<Member> members) {
        Map<Kind, List<Member>> alike = members.stream()
                .filter(member -> member.condition().isPresent())
                .collect(Collectors.groupingBy(Kind::of, LinkedHashMap::new, Collectors.toList()));
        List<MergedPolicies> bundles = new ArrayList<>();
        alike.forEach((kind, some) -> {
            if (kind.isWorth(some.size())) {
                cut(some, bundles);
            }
        });
        return bundles;
    }

    private static void cut(List<Member> members, List<MergedPolicies> into) {
        // One that is left over stays by itself.
        for (int i = 0; i + 1 < members.size(); i += SIZE) {
            List<Member> some = members.subList(i, Math.min(members.size(), i + SIZE));
            String source = some.stream()
                    .map(member -> "(" + member.condition().orElseThrow() + ")")
                    .collect(Collectors.joining(
                            " || ",
                            (some.getFirst().rule().forbids() ? "forbid" : "permit")
                                    + "(principal, action, resource) when { ",
                            " };"));
            // What Cedar's parser can bear of one policy, it can bear of this.
            List<Statement> statements = Statement.split(source);
            if (statements.size() == 1 && statements.getFirst().excess(source).isEmpty()) {
                into.add(new MergedPolicies(List.copyOf(some), source));
            }
        }
    }

    /** Unlike that of any policy: no set's name has a space. */
    String id() {
        return "any of " + members.getFirst().id();
    }

    boolean isOf(EvaluationPhase evaluationPhase) {
        return evaluationPhase.has(members.getFirst().rule());
    }

    boolean forbids() {
        return members.getFirst().rule().forbids();
    }

    List<Member> members() {
        return members;
    }

    Policy policy() {
        return new Policy(source, id());
    }

    /** Its policies, parsed when they are first asked. */
    synchronized PolicySet each() {
        if (each == null) {
            each = PolicySubset.parsed(members.stream().map(Member::policy).collect(Collectors.toSet()));
        }
        return each;
    }
}
