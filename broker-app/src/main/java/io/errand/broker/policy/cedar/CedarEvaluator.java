package io.errand.broker.policy.cedar;

import com.cedarpolicy.BasicAuthorizationEngine;
import com.cedarpolicy.model.AuthorizationResponse;
import com.cedarpolicy.model.AuthorizationSuccessResponse;
import com.cedarpolicy.model.exception.AuthException;
import com.cedarpolicy.model.policy.PolicySet;
import io.errand.broker.policy.PolicyContext;
import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.policy.PolicyRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Evaluates one request against some policies, and reads the annotations of those that applied. */
@Component
public class CedarEvaluator {

    private static final Logger LOG = LoggerFactory.getLogger(CedarEvaluator.class);

    private static final String BIND = "This is given only to a token that is bound to a key: send a DPoP proof.";

    /** So many bundles are worth asking again by themselves. */
    private static final int MOST_AGAIN = 2;

    private static final Said NOTHING = new Said.Clear(false, Collections.emptySortedMap());

    private final BasicAuthorizationEngine engine = new BasicAuthorizationEngine();
    private final CedarSchema schema;

    CedarEvaluator(CedarSchema schema) {
        this.schema = schema;
    }

    /** What Cedar says of one part of the policies. */
    private sealed interface Said {

        /** @param rules that determined it, by id: the permits that apply, or the forbids, or none */
        record Clear(boolean allowed, SortedMap<String, Rule> rules) implements Said {}

        /** Cedar skips a policy that fails and goes on; a forbid that failed might have spoken. */
        record Failed(List<String> policies) implements Said {}
    }

    /**
     * What Cedar says of some policies.
     *
     * @param ids of the permits that apply, or of the forbids
     * @param failed policies with what was wrong
     */
    private record Answer(boolean allowed, Set<String> ids, Map<String, String> failed) {

        boolean isClean() {
            return failed.isEmpty();
        }
    }

    public PolicyDecision rule(PolicyRequest policyRequest, PolicySubset policySubset) {
        CedarRequests.Asked asked = CedarRequests.ask(policyRequest, policySubset.words(), schema.schema());
        PolicyContext policyContext = policyRequest.policyContext();
        EvaluationPhase evaluationPhase =
                policyContext.breakGlass() ? EvaluationPhase.NOT_LIFTED : EvaluationPhase.IN_EFFECT;
        Said said = ask(asked, policySubset, evaluationPhase);
        if (said instanceof Said.Clear) {
            policySubset.tried();
        }
        List<String> observed =
                applied(asked, policySubset, EvaluationPhase.OBSERVED_FORBIDS, EvaluationPhase.OBSERVED_PERMITS);
        return switch (said) {
            case Said.Failed(List<String> policies) ->
                new PolicyDecision.Deny(policies, "policy_error", List.of(), observed);
            case Said.Clear(boolean allowed, var rules)
            when allowed -> {
                List<String> lifted =
                        policyContext.breakGlass() ? applied(asked, policySubset, EvaluationPhase.LIFTED) : List.of();
                yield permitted(rules, policyContext, lifted, observed);
            }
            case Said.Clear(boolean allowed, var rules) ->
                rules.isEmpty()
                        ? new PolicyDecision.Deny(List.of(), "no_permit", List.of(), observed)
                        : new PolicyDecision.Deny(
                                List.copyOf(rules.keySet()), "forbidden", reasons(rules.values()), observed);
        };
    }

    private Said ask(CedarRequests.Asked asked, PolicySubset policySubset, EvaluationPhase evaluationPhase) {
        return together(asked, policySubset, evaluationPhase)
                .orElseGet(() -> policySubset
                        .part(evaluationPhase)
                        .map(all -> each(asked, policySubset, all))
                        .orElse(NOTHING));
    }

    /** What each would say, with fewer asked; empty: it takes all of them to tell. */
    private Optional<Said> together(
            CedarRequests.Asked asked, PolicySubset policySubset, EvaluationPhase evaluationPhase) {
        Optional<Answer> answer = policySubset
                .rough(evaluationPhase)
                .flatMap(rough -> answer(asked, rough))
                .filter(Answer::isClean);
        if (answer.isEmpty()) {
            return Optional.empty();
        }
        boolean allowed = answer.get().allowed();
        Set<String> ids = new HashSet<>(answer.get().ids());
        List<MergedPolicies> applying =
                ids.stream().flatMap(id -> policySubset.bundle(id).stream()).toList();
        // A forbid that applies hides which permits do, and so whether one of them fails.
        boolean hidden = !allowed && !ids.isEmpty() && policySubset.bundlesPermits(evaluationPhase);
        if (hidden || applying.size() > MOST_AGAIN) {
            return Optional.empty();
        }
        for (MergedPolicies mergedPolicies : applying) {
            Optional<Answer> again = answer(asked, mergedPolicies.each()).filter(Answer::isClean);
            if (again.isEmpty()) {
                return Optional.empty();
            }
            ids.remove(mergedPolicies.id());
            ids.addAll(again.get().ids());
        }
        return Optional.of(new Said.Clear(allowed, rules(ids, policySubset)));
    }

    private Said each(CedarRequests.Asked asked, PolicySubset policySubset, PolicySet policies) {
        Optional<Answer> answer = answer(asked, policies);
        if (answer.isEmpty()) {
            return new Said.Failed(List.of());
        }
        if (!answer.get().isClean()) {
            LOG.warn("Policies failed: {}", answer.get().failed());
            return new Said.Failed(
                    answer.get().failed().keySet().stream().sorted().toList());
        }
        return new Said.Clear(answer.get().allowed(), rules(answer.get().ids(), policySubset));
    }

    /** Empty: Cedar could not tell. */
    private Optional<Answer> answer(CedarRequests.Asked asked, PolicySet policies) {
        AuthorizationResponse response;
        try {
            response = engine.isAuthorized(asked.request(), policies, asked.entities());
        } catch (AuthException e) {
            LOG.error("Cedar could not be asked", e);
            return Optional.empty();
        }
        if (response.success.isEmpty()) {
            LOG.error("Cedar refused the question: {}", response);
            return Optional.empty();
        }
        AuthorizationSuccessResponse success = response.success.get();
        Map<String, String> failed = new HashMap<>();
        success.getErrors().forEach(error -> failed.put(error.getPolicyId(), String.valueOf(error)));
        return Optional.of(new Answer(success.isAllowed(), success.getReason(), failed));
    }

    private static SortedMap<String, Rule> rules(Set<String> ids, PolicySubset policySubset) {
        SortedMap<String, Rule> rules = new TreeMap<>();
        ids.forEach(id -> rules.put(id, policySubset.rule(id)));
        return rules;
    }

    /** Those of some parts that apply; one that fails applies to nothing, as nothing hangs on it. */
    private List<String> applied(CedarRequests.Asked asked, PolicySubset policySubset, EvaluationPhase... parts) {
        List<String> ids = new ArrayList<>();
        for (EvaluationPhase evaluationPhase : parts) {
            if (ask(asked, policySubset, evaluationPhase) instanceof Said.Clear(boolean allowed, var rules)) {
                ids.addAll(rules.keySet());
            }
        }
        return ids.stream().sorted().toList();
    }

    /** What the permits that apply ask for. */
    private static PolicyDecision permitted(
            SortedMap<String, Rule> permits,
            PolicyContext policyContext,
            List<String> liftedForbids,
            List<String> observed) {
        SortedMap<String, Rule> met = where(permits, rule -> policyContext.senderConstrained() || !rule.requireDpop());
        if (met.isEmpty()) {
            return new PolicyDecision.Deny(List.copyOf(permits.keySet()), "dpop_required", List.of(BIND), observed);
        }
        SortedMap<String, Rule> settled = where(met, rule -> rule.settled(policyContext));
        SortedMap<String, Rule> used = settled.isEmpty() ? where(met, rule -> rule.lifted(policyContext)) : settled;
        if (used.isEmpty()) {
            return new PolicyDecision.Defer(List.copyOf(met.keySet()), approvals(met.values()), observed);
        }
        @Nullable
        Duration shortest = used.values().stream()
                .flatMap(rule -> Stream.ofNullable(rule.maxTtl()))
                .min(Duration::compareTo)
                .orElse(null);
        Stream<String> liftedPermits = settled.isEmpty() ? used.keySet().stream() : Stream.empty();
        List<String> lifted =
                Stream.concat(liftedForbids.stream(), liftedPermits).sorted().toList();
        return new PolicyDecision.Permit(List.copyOf(used.keySet()), shortest, lifted, observed);
    }

    private static List<PolicyDecision.Approval> approvals(Collection<Rule> rules) {
        Map<String, PolicyDecision.Approval> byGroup = rules.stream()
                .flatMap(rule -> Stream.ofNullable(rule.approval()))
                .collect(Collectors.toMap(
                        PolicyDecision.Approval::group, one -> one, PolicyDecision.Approval::and, TreeMap::new));
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
