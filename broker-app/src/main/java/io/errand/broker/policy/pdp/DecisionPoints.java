package io.errand.broker.policy.pdp;

import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.policy.pdp.DecisionPoint.Answer;
import io.errand.broker.shared.outbound.Outbound;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The external decision points. Each that a set in force names must agree to what Cedar permits: deny overrides. */
@Component
public class DecisionPoints {

    private final Map<String, DecisionPoint> points;

    public DecisionPoints(DecisionPointProperties properties, Outbound outbound) {
        properties
                .pdps()
                .forEach((name, point) -> outbound.check("errand.policy.pdps." + name + ".url", point.address()));
        points = properties.pdps().entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        Map.Entry::getKey, entry -> new DecisionPoint(entry.getKey(), entry.getValue(), outbound)));
    }

    /**
     * That a set in force wants to be asked.
     *
     * @param set {@code <name>@<version>}
     */
    public record Asked(String set, String point) {

        String id() {
            return set + "/pdp:" + point;
        }
    }

    public boolean knows(@Nullable String name) {
        return name == null || points.containsKey(name);
    }

    /** What is left of a ruling once they have spoken. A denial needs nobody's consent. */
    public PolicyDecision confirm(PolicyDecision policyDecision, PolicyRequest policyRequest, List<Asked> asked) {
        if (asked.isEmpty() || policyDecision instanceof PolicyDecision.Deny) {
            return policyDecision;
        }
        Map<String, List<Asked>> byPoint = asked.stream().collect(Collectors.groupingBy(Asked::point));
        for (Map.Entry<String, List<Asked>> one : byPoint.entrySet()) {
            List<String> ids = one.getValue().stream().map(Asked::id).sorted().toList();
            DecisionPoint point = points.get(one.getKey());
            Answer answer = point == null ? Answer.NONE : point.ask(policyRequest);
            switch (answer) {
                case YES -> {}
                case NO -> {
                    return new PolicyDecision.Deny(ids, "decision_point_no", List.of(), policyDecision.observed());
                }
                case NONE -> {
                    return new PolicyDecision.Deny(
                            ids, PolicyDecision.Deny.NO_ANSWER, List.of(), policyDecision.observed());
                }
            }
        }
        List<String> all = asked.stream().map(Asked::id).toList();
        return switch (policyDecision) {
            case PolicyDecision.Permit permit ->
                new PolicyDecision.Permit(
                        both(permit.policies(), all), permit.maxTtl(), permit.lifted(), permit.observed());
            case PolicyDecision.Defer defer ->
                new PolicyDecision.Defer(both(defer.policies(), all), defer.approvals(), defer.observed());
            case PolicyDecision.Deny deny -> deny;
        };
    }

    private static List<String> both(List<String> some, List<String> others) {
        return Stream.concat(some.stream(), others.stream()).sorted().toList();
    }
}
