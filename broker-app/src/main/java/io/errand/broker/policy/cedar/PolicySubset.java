package io.errand.broker.policy.cedar;

import com.cedarpolicy.model.exception.CacheException;
import com.cedarpolicy.model.policy.Policy;
import com.cedarpolicy.model.policy.PolicySet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The policies that one request can concern. Each part is parsed by the native library when it is first needed. */
public final class PolicySubset {

    private static final Logger LOG = LoggerFactory.getLogger(PolicySubset.class);

    /**
     * A policy under the name that decisions use.
     *
     * @param id {@code <set>@<version>/<id>}
     * @param condition empty: it is asked only by itself
     */
    public record Member(
            String id,
            String source,
            Rule rule,
            PolicyScope policyScope,
            ReferencedAttributes referencedAttributes,
            Optional<String> condition) {

        public static Member of(String set, int version, PolicyText.Read read) {
            Statement statement = read.statement();
            String id = set + "@" + version + "/" + read.rule().id();
            return new Member(
                    id,
                    statement.source(),
                    read.rule(),
                    read.policyScope(),
                    ReferencedAttributes.of(statement),
                    Condition.of(statement));
        }

        Policy policy() {
            return new Policy(source, id);
        }
    }

    private final Map<String, Member> members;
    private final ReferencedAttributes referencedAttributes;
    private final Map<String, MergedPolicies> bundles;
    private final Map<EvaluationPhase, Optional<PolicySet>> parsed = new EnumMap<>(EvaluationPhase.class);
    private final Map<EvaluationPhase, Optional<PolicySet>> rough = new EnumMap<>(EvaluationPhase.class);
    private volatile boolean tried;

    /** Each is asked by itself. */
    PolicySubset(List<Member> members) {
        this(members, List.of());
    }

    /** @param bundles of some of the members */
    PolicySubset(List<Member> members, List<MergedPolicies> bundles) {
        this.members = members.stream().collect(Collectors.toUnmodifiableMap(Member::id, member -> member));
        this.referencedAttributes = ReferencedAttributes.of(
                members.stream().map(Member::referencedAttributes).toList());
        this.bundles = bundles.stream().collect(Collectors.toUnmodifiableMap(MergedPolicies::id, bundle -> bundle));
    }

    /** What these policies can ask for; all there is, until a whole question has been answered. */
    ReferencedAttributes words() {
        return tried ? referencedAttributes : ReferencedAttributes.ALL;
    }

    /** A whole question, which was checked against the schema, has been answered. */
    void tried() {
        tried = true;
    }

    Set<String> ids() {
        return members.keySet();
    }

    boolean hasLiftable() {
        return members.values().stream().map(Member::rule).anyMatch(rule -> rule.liftable() && !rule.observe());
    }

    Rule rule(String id) {
        Member member = members.get(id);
        if (member == null) {
            throw new IllegalStateException("Cedar names a policy that was not asked: " + id);
        }
        return member.rule();
    }

    /** Parses what is asked for without break-glass. */
    void prepare() {
        for (EvaluationPhase evaluationPhase : List.of(
                EvaluationPhase.IN_EFFECT, EvaluationPhase.OBSERVED_FORBIDS, EvaluationPhase.OBSERVED_PERMITS)) {
            rough(evaluationPhase);
            part(evaluationPhase);
        }
        bundles.values().forEach(MergedPolicies::each);
    }

    /** Empty: no policy is of this part. */
    synchronized Optional<PolicySet> part(EvaluationPhase evaluationPhase) {
        return parsed.computeIfAbsent(evaluationPhase, absent -> parsed(members.values().stream(), evaluationPhase));
    }

    /** The same, with some of them as one; empty: there is nothing to be gained. */
    synchronized Optional<PolicySet> rough(EvaluationPhase evaluationPhase) {
        return rough.computeIfAbsent(evaluationPhase, absent -> together(evaluationPhase));
    }

    /** The policies that are one in {@link #rough}; empty: it is a policy. */
    Optional<MergedPolicies> bundle(String id) {
        return Optional.ofNullable(bundles.get(id));
    }

    /** Whether some of the permits of this part are one in {@link #rough}. */
    boolean bundlesPermits(EvaluationPhase evaluationPhase) {
        return bundles.values().stream().anyMatch(bundle -> bundle.isOf(evaluationPhase) && !bundle.forbids());
    }

    private Optional<PolicySet> together(EvaluationPhase evaluationPhase) {
        List<MergedPolicies> some = bundles.values().stream()
                .filter(bundle -> bundle.isOf(evaluationPhase))
                .toList();
        if (some.isEmpty()) {
            return Optional.empty();
        }
        Set<String> within = some.stream()
                .flatMap(bundle -> bundle.members().stream())
                .map(Member::id)
                .collect(Collectors.toSet());
        Stream<Policy> rest = members.values().stream()
                .filter(member -> evaluationPhase.has(member.rule()) && !within.contains(member.id()))
                .map(Member::policy);
        try {
            return Optional.of(parsed(Stream.concat(some.stream().map(MergedPolicies::policy), rest)
                    .collect(Collectors.toSet())));
        } catch (IllegalStateException e) {
            LOG.error("Policies are asked one by one, as they cannot be put together", e);
            return Optional.empty();
        }
    }

    private static Optional<PolicySet> parsed(Stream<Member> members, EvaluationPhase evaluationPhase) {
        Set<Policy> policies = members.filter(member -> evaluationPhase.has(member.rule()))
                .map(Member::policy)
                .collect(Collectors.toSet());
        return policies.isEmpty() ? Optional.empty() : Optional.of(parsed(policies));
    }

    static PolicySet parsed(Set<Policy> policies) {
        PolicySet set = new PolicySet(policies);
        return LargeStackExecutor.call(() -> {
            try {
                set.cache();
                return set;
            } catch (CacheException e) {
                throw new IllegalStateException("These policies cannot be put together", e);
            }
        });
    }
}
