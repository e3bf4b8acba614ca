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
import org.jspecify.annotations.Nullable;

/** The policies that one question can concern. Each part of them is parsed on the native side when it is first asked. */
final class Slice {

    /**
     * A policy under the name that decisions use.
     *
     * @param id {@code <set>@<version>/<id>}
     */
    record Member(String id, String source, Rule rule, Scope scope, Words words) {

        static Member of(String set, int version, PolicyText.Read read) {
            Statement statement = read.statement();
            String id = set + "@" + version + "/" + read.rule().id();
            return new Member(id, statement.source(), read.rule(), read.scope(), Words.of(statement));
        }
    }

    private final Map<String, Member> members;
    private final Words words;
    private final Map<Part, Optional<PolicySet>> parsed = new EnumMap<>(Part.class);
    private volatile boolean tried;

    Slice(List<Member> members) {
        this.members = members.stream().collect(Collectors.toUnmodifiableMap(Member::id, member -> member));
        this.words = Words.of(members.stream().map(Member::words).toList());
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

    Rule rule(String id) {
        Member member = members.get(id);
        if (member == null) {
            throw new IllegalStateException("Cedar names a policy that was not asked: " + id);
        }
        return member.rule();
    }

    /** Parses what is asked for without break-glass. */
    void prepare() {
        part(Part.IN_EFFECT);
        part(Part.OBSERVED_FORBIDS);
        part(Part.OBSERVED_PERMITS);
    }

    /** Empty: no policy is of this part. */
    synchronized Optional<PolicySet> part(Part part) {
        Optional<PolicySet> known = parsed.get(part);
        if (known != null) {
            return known;
        }
        Optional<PolicySet> made = Optional.ofNullable(parse(part));
        parsed.put(part, made);
        return made;
    }

    private @Nullable PolicySet parse(Part part) {
        PolicySet set = new PolicySet(members.values().stream()
                .filter(member -> part.has(member.rule()))
                .map(member -> new Policy(member.source(), member.id()))
                .collect(Collectors.toSet()));
        if (set.policies.isEmpty()) {
            return null;
        }
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
