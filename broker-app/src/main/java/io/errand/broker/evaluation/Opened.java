package io.errand.broker.evaluation;

import io.errand.api.Json;
import io.errand.broker.policy.OpenDecisions;
import io.errand.broker.policy.OpenDecisions.OpenQuestion;
import io.errand.broker.policy.OpenDecisions.Thing;
import io.errand.broker.policy.Ruling;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;

/** What a gateway asks about other things than tasks: policies about entity types of their own decide, and nothing is remembered. */
@Component
class Opened {

    private static final TypeReference<Map<String, Object>> MEMBERS = new TypeReference<>() {};

    private final OpenDecisions decisions;

    Opened(OpenDecisions decisions) {
        this.decisions = decisions;
    }

    Verdict decide(Matter matter, Item.Good good) {
        Item.Entity subject = good.subject().orElseThrow();
        Ruling ruling = decisions.decide(new OpenQuestion(
                thing(subject, good.request().path("subject")),
                good.action(),
                thing(good.resource(), good.request().path("resource")),
                members(good.request().path("context"))));
        return switch (ruling) {
            case Ruling.Permit permit -> Verdict.permit(matter, "open", permit.policies(), List.of());
            case Ruling.Deny deny ->
                Verdict.deny(
                        matter,
                        "policy_" + deny.reason(),
                        deny.reasons().isEmpty() ? List.of("No policy permits this.") : deny.reasons(),
                        deny.policies());
            case Ruling.Defer defer ->
                Verdict.deny(matter, "policy_error", List.of("No policy permits this."), defer.policies());
        };
    }

    private static Thing thing(Item.Entity entity, JsonNode of) {
        return new Thing(entity.type(), entity.id(), members(of.path("properties")));
    }

    private static Map<String, Object> members(JsonNode of) {
        return of.isObject() ? Json.mapper().convertValue(of, MEMBERS) : Map.of();
    }
}
