package io.errand.broker.evaluation;

import io.errand.api.Json;
import io.errand.broker.policy.OpenDecisions;
import io.errand.broker.policy.OpenDecisions.OpenQuestion;
import io.errand.broker.policy.OpenDecisions.Thing;
import io.errand.broker.policy.PolicyDecision;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;

/**
 * Decides requests of gateways about entity types other than tasks. Only policies about these types apply, and nothing is
 * remembered.
 */
@Component
class OpenPolicyEvaluator {

    private static final TypeReference<Map<String, Object>> MEMBERS = new TypeReference<>() {};

    private final OpenDecisions decisions;

    OpenPolicyEvaluator(OpenDecisions decisions) {
        this.decisions = decisions;
    }

    ActionDecision decide(EvaluationRequest evaluationRequest, EvaluationItem.ParsedEvaluation good) {
        EvaluationItem.Entity subject = good.subject().orElseThrow();
        PolicyDecision policyDecision = decisions.decide(new OpenQuestion(
                thing(subject, good.request().path("subject")),
                good.action(),
                thing(good.resource(), good.request().path("resource")),
                members(good.request().path("context"))));
        return switch (policyDecision) {
            case PolicyDecision.Permit permit ->
                ActionDecision.permit(evaluationRequest, "open", permit.policies(), List.of());
            case PolicyDecision.Deny deny ->
                ActionDecision.deny(
                        evaluationRequest, deny.code(), deny.sentences("No policy permits this."), deny.policies());
            case PolicyDecision.Defer defer ->
                ActionDecision.deny(
                        evaluationRequest, "policy_error", List.of("No policy permits this."), defer.policies());
        };
    }

    private static Thing thing(EvaluationItem.Entity entity, JsonNode of) {
        return new Thing(entity.type(), entity.id(), members(of.path("properties")));
    }

    private static Map<String, Object> members(JsonNode of) {
        return of.isObject() ? Json.mapper().convertValue(of, MEMBERS) : Map.of();
    }
}
