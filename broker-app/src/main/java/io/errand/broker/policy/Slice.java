package io.errand.broker.policy;

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

/** The policies that one question can concern. Each part of them is parsed on the native side when it is first asked. */
final class Slice {

    private static final Logger LOG = LoggerFactory.getLogger(Slice.class);

    /**
     * A policy under the name that decisions use.
     *
     * @param id {@code <set>@<version>/<id>}
     * @param condition empty: it is asked only by itself
     */
    record Member(String id, String source, Rule rule, Scope scope, Words words, Optional<String> condition) {

        static Member of(String set, int version, PolicyText.Read read) {
            Statement statement = read.statement();
            String id = set + "@" + version + "/" + read.rule().id();
            return new Member(
                    id, statement.source(), read.rule(), read.scope(), Words.of(statement), Condition.of(statement));
        }

        Policy policy() {
            return new Policy(source, id);
        }
    }

    private final Map<String, Member> members;
    private final Words words;
    private final Map<String, Bundle> bundles;
    private final Map<Part, Optional<PolicySet>> parsed = new EnumMap<>(Part.class);
    private final Map<Part, Optional<PolicySet>> rough = new EnumMap<>(Part.class);
    private volatile boolean tried;

    /** Each is asked by itself. */
    Slice(List<Member> members) {
        this(members, List.of());
    }

    /** @param bundles of some of the members */
    Slice(List<Member> members, List<Bundle> bundles) {
        this.members = members.stream().collect(Collectors.toUnmodifiableMap(Member::id, member -> member));
        this.words = Words.of(members.stream().map(Member::words).toList());
        this.bundles = bundles.stream().collect(Collectors.toUnmodifiableMap(Bundle::id, bundle -> bundle));
    }

    /** What these policies can ask for; all there is, until a whole question has been answered. */
    Words words() {
        return tried ? words : Words.ALL;
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
        for (Part part : List.of(Part.IN_EFFECT, Part.OBSERVED_FORBIDS, Part.OBSERVED_PERMITS)) {
            rough(part);
            part(part);
        }
        bundles.values().forEach(Bundle::each);
    }

    /** Empty: no policy is of this part. */
    synchronized Optional<PolicySet> part(Part part) {
        return parsed.computeIfAbsent(part, absent -> parsed(members.values().stream(), part));
    }

    /** The same, with some of them as one; empty: there is nothing to be gained. */
    synchronized Optional<PolicySet> rough(Part part) {
        return rough.computeIfAbsent(part, absent -> together(part));
    }

    /** The policies that are one in {@link #rough}; empty: it is a policy. */
    Optional<Bundle> bundle(String id) {
        return Optional.ofNullable(bundles.get(id));
    }

    /** Whether some of the permits of this part are one in {@link #rough}. */
    boolean bundlesPermits(Part part) {
        return bundles.values().stream().anyMatch(bundle -> bundle.isOf(part) && !bundle.forbids());
    }

    private Optional<PolicySet> together(Part part) {
        List<Bundle> some =
                bundles.values().stream().filter(bundle -> bundle.isOf(part)).toList();
        if (some.isEmpty()) {
            return Optional.empty();
        }
        Set<String> within = some.stream()
                .flatMap(bundle -> bundle.members().stream())
                .map(Member::id)
                .collect(Collectors.toSet());
        Stream<Policy> rest = members.values().stream()
                .filter(member -> part.has(member.rule()) && !within.contains(member.id()))
                .map(Member::policy);
        try {
            return Optional.of(parsed(
                    Stream.concat(some.stream().map(Bundle::policy), rest).collect(Collectors.toSet())));
        } catch (IllegalStateException e) {
            LOG.error("Policies are asked one by one, as they cannot be put together", e);
            return Optional.empty();
        }
    }

    private static Optional<PolicySet> parsed(Stream<Member> members, Part part) {
        Set<Policy> policies = members.filter(member -> part.has(member.rule()))
                .map(Member::policy)
                .collect(Collectors.toSet());
        return policies.isEmpty() ? Optional.empty() : Optional.of(parsed(policies));
    }

    static PolicySet parsed(Set<Policy> policies) {
        PolicySet set = new PolicySet(policies);
        return DeepStack.call(() -> {
            try {
                set.cache();
                return set;
            } catch (CacheException e) {
                throw new IllegalStateException("These policies cannot be put together", e);
            }
        });
    }
}
