package io.errand.broker.policy;

import com.cedarpolicy.BasicAuthorizationEngine;
import com.cedarpolicy.model.AuthorizationResponse;
import com.cedarpolicy.model.AuthorizationSuccessResponse;
import com.cedarpolicy.model.exception.AuthException;
import com.cedarpolicy.model.policy.PolicySet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** One question, some policies: what they say together, with what their annotations ask for. */
@Component
class Judge {

    private static final Logger LOG = LoggerFactory.getLogger(Judge.class);

    private static final String BIND = "This is given only to a token that is bound to a key: send a DPoP proof.";

    private final BasicAuthorizationEngine engine = new BasicAuthorizationEngine();
    private final CedarSchema schema;

    Judge(CedarSchema schema) {
        this.schema = schema;
    }

    /** What Cedar says of one part of the policies. */
    private sealed interface Said {

        /** @param rules that determined it, by id: the permits that apply, or the forbids, or none */
        record Clear(boolean allowed, SortedMap<String, Rule> rules) implements Said {}

        /** Cedar skips a policy that fails and goes on; a forbid that failed might have spoken. */
        record Failed(List<String> policies) implements Said {}
    }

    Ruling rule(Question question, Slice slice) {
        Questions.Asked asked = Questions.ask(question, slice.words(), schema.schema());
        Circumstances circumstances = question.circumstances();
        Part part = circumstances.breakGlass() ? Part.NOT_LIFTED : Part.IN_EFFECT;
        Said said = ask(asked, slice, part);
        if (said instanceof Said.Clear) {
            slice.tried();
        }
        List<String> observed = applied(asked, slice, Part.OBSERVED_FORBIDS, Part.OBSERVED_PERMITS);
        return switch (said) {
            case Said.Failed(List<String> policies) -> new Ruling.Deny(policies, "policy_error", List.of(), observed);
            case Said.Clear(boolean allowed, var rules)
            when allowed -> {
                List<String> lifted = circumstances.breakGlass() ? applied(asked, slice, Part.LIFTED) : List.of();
                yield permitted(rules, circumstances, lifted, observed);
            }
            case Said.Clear(boolean allowed, var rules) ->
                rules.isEmpty()
                        ? new Ruling.Deny(List.of(), "no_permit", List.of(), observed)
                        : new Ruling.Deny(List.copyOf(rules.keySet()), "forbidden", reasons(rules.values()), observed);
        };
    }

    private Said ask(Questions.Asked asked, Slice slice, Part part) {
        Optional<PolicySet> policies = slice.part(part);
        if (policies.isEmpty()) {
            return new Said.Clear(false, new TreeMap<>());
        }
        AuthorizationResponse response;
        try {
            response = engine.isAuthorized(asked.request(), policies.get(), asked.entities());
        } catch (AuthException e) {
            LOG.error("Cedar could not be asked", e);
            return new Said.Failed(List.of());
        }
        if (response.success.isEmpty()) {
            LOG.error("Cedar refused the question: {}", response);
            return new Said.Failed(List.of());
        }
        AuthorizationSuccessResponse answer = response.success.get();
        List<String> failed = answer.getErrors().stream()
                .map(AuthorizationSuccessResponse.AuthorizationError::getPolicyId)
                .sorted()
                .toList();
        if (!failed.isEmpty()) {
            LOG.warn("Policies failed: {}", answer.getErrors());
            return new Said.Failed(failed);
        }
        SortedMap<String, Rule> rules = new TreeMap<>();
        answer.getReason().forEach(id -> rules.put(id, slice.rule(id)));
        return new Said.Clear(answer.isAllowed(), rules);
    }

    /** Those of some parts that apply; one that fails applies to nothing, as nothing hangs on it. */
    private List<String> applied(Questions.Asked asked, Slice slice, Part... parts) {
        List<String> ids = new ArrayList<>();
        for (Part part : parts) {
            if (ask(asked, slice, part) instanceof Said.Clear(boolean allowed, var rules)) {
                ids.addAll(rules.keySet());
            }
        }
        return ids.stream().sorted().toList();
    }

    /** What the permits that apply ask for. */
    private static Ruling permitted(
            SortedMap<String, Rule> permits,
            Circumstances circumstances,
            List<String> liftedForbids,
            List<String> observed) {
        SortedMap<String, Rule> met = where(permits, rule -> circumstances.senderConstrained() || !rule.requireDpop());
        if (met.isEmpty()) {
            return new Ruling.Deny(List.copyOf(permits.keySet()), "dpop_required", List.of(BIND), observed);
        }
        SortedMap<String, Rule> settled = where(met, rule -> rule.settled(circumstances));
        SortedMap<String, Rule> used = settled.isEmpty() ? where(met, rule -> rule.lifted(circumstances)) : settled;
        if (used.isEmpty()) {
            return new Ruling.Defer(List.copyOf(met.keySet()), approvals(met.values()), observed);
        }
        @Nullable
        Duration shortest = used.values().stream()
                .flatMap(rule -> Stream.ofNullable(rule.maxTtl()))
                .min(Duration::compareTo)
                .orElse(null);
        Stream<String> liftedPermits = settled.isEmpty() ? used.keySet().stream() : Stream.empty();
        List<String> lifted =
                Stream.concat(liftedForbids.stream(), liftedPermits).sorted().toList();
        return new Ruling.Permit(List.copyOf(used.keySet()), shortest, lifted, observed);
    }

    private static List<Ruling.Approval> approvals(Collection<Rule> rules) {
        Map<String, Ruling.Approval> byGroup = rules.stream()
                .flatMap(rule -> Stream.ofNullable(rule.approval()))
                .collect(Collectors.toMap(Ruling.Approval::group, one -> one, Ruling.Approval::and, TreeMap::new));
        return List.copyOf(byGroup.values());
    }

    private static SortedMap<String, Rule> where(SortedMap<String, Rule> rules, Predicate<Rule> kept) {
        SortedMap<String, Rule> some = new TreeMap<>(rules);
        some.values().removeIf(kept.negate());
        return some;
    }

    private static List<String> reasons(Collection<Rule> rules) {
        return rules.stream()
                .flatMap(rule -> Stream.ofNullable(rule.reason()))
                .distinct()
                .toList();
    }
}
