package io.errand.broker.policy;

import com.cedarpolicy.BasicAuthorizationEngine;
import com.cedarpolicy.model.AuthorizationResponse;
import com.cedarpolicy.model.AuthorizationSuccessResponse;
import com.cedarpolicy.model.exception.AuthException;
import io.errand.broker.policy.ActiveRules.InForce;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Decides with Cedar, in process. */
@Component
class CedarPolicies implements Policies {

    private static final Logger LOG = LoggerFactory.getLogger(CedarPolicies.class);

    private static final String BIND = "This is given only to a token that is bound to a key: send a DPoP proof.";

    private final BasicAuthorizationEngine engine = new BasicAuthorizationEngine();
    private final ActiveRules active;
    private final CedarSchema schema;

    CedarPolicies(ActiveRules active, CedarSchema schema) {
        this.active = active;
        this.schema = schema;
    }

    @Override
    public Ruling decide(Question question) {
        try {
            return switch (active.now()) {
                case InForce.Broken broken -> error(List.of());
                case InForce.Parsed(var versions, var policies, Map<String, Rule> rules) -> {
                    Questions.Asked asked = Questions.ask(question, schema.schema());
                    yield ruling(
                            engine.isAuthorized(asked.request(), policies, asked.entities()),
                            rules,
                            question.circumstances());
                }
            };
        } catch (AuthException | RuntimeException | LinkageError e) {
            LOG.error("No decision could be made", e);
            return error(List.of());
        }
    }

    private static Ruling ruling(AuthorizationResponse response, Map<String, Rule> rules, Circumstances circumstances) {
        if (response.success.isEmpty()) {
            LOG.error("Cedar refused the question: {}", response);
            return error(List.of());
        }
        AuthorizationSuccessResponse answer = response.success.get();
        // Cedar skips a policy that fails and goes on; a forbid that failed might have spoken.
        List<String> failed = answer.getErrors().stream()
                .map(AuthorizationSuccessResponse.AuthorizationError::getPolicyId)
                .sorted()
                .toList();
        if (!failed.isEmpty()) {
            LOG.warn("Policies failed: {}", answer.getErrors());
            return error(failed);
        }
        SortedMap<String, Rule> determining = new TreeMap<>();
        answer.getReason().forEach(id -> determining.put(id, Objects.requireNonNull(rules.get(id), id)));
        if (answer.isAllowed()) {
            return permitted(determining, circumstances);
        }
        return determining.isEmpty()
                ? new Ruling.Deny(List.of(), "no_permit", List.of())
                : new Ruling.Deny(List.copyOf(determining.keySet()), "forbidden", reasons(determining.values()));
    }

    /** What the permits that apply ask for. */
    private static Ruling permitted(SortedMap<String, Rule> permits, Circumstances circumstances) {
        SortedMap<String, Rule> met = where(permits, rule -> circumstances.senderConstrained() || !rule.requireDpop());
        if (met.isEmpty()) {
            return new Ruling.Deny(List.copyOf(permits.keySet()), "dpop_required", List.of(BIND));
        }
        SortedMap<String, Rule> plain = where(
                met,
                rule -> rule.approval() == null || circumstances.approvals().contains(rule.approval()));
        if (plain.isEmpty()) {
            List<Ruling.Approval> approvals = met.values().stream()
                    .flatMap(rule -> Stream.ofNullable(rule.approval()))
                    .distinct()
                    .sorted()
                    .map(Ruling.Approval::new)
                    .toList();
            return new Ruling.Defer(List.copyOf(met.keySet()), approvals);
        }
        @Nullable
        Duration shortest = plain.values().stream()
                .flatMap(rule -> Stream.ofNullable(rule.maxTtl()))
                .min(Duration::compareTo)
                .orElse(null);
        return new Ruling.Permit(List.copyOf(plain.keySet()), shortest);
    }

    private static SortedMap<String, Rule> where(SortedMap<String, Rule> rules, Predicate<Rule> kept) {
        SortedMap<String, Rule> some = new TreeMap<>(rules);
        some.values().removeIf(kept.negate());
        return some;
    }

    private static Ruling error(List<String> policies) {
        return new Ruling.Deny(policies, "policy_error", List.of());
    }

    private static List<String> reasons(Collection<Rule> rules) {
        return rules.stream()
                .flatMap(rule -> Stream.ofNullable(rule.reason()))
                .distinct()
                .toList();
    }
}
