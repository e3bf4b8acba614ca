package io.errand.broker.evaluation;

import io.errand.api.Fingerprint;
import io.errand.api.Json;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;

/** One evaluation as it was asked for. */
sealed interface EvaluationItem {

    /** It cannot be read; {@code message} says which member is wrong. */
    record InvalidEvaluation(String message) implements EvaluationItem {}

    /**
     * @param subject whom it is about; empty: whoever shows the token
     * @param datatypes those that {@code resource.properties} names; empty: it does not say
     * @param fingerprint what the agent is made of now, if it says
     * @param isAsking whether people are to be asked if somebody must approve it
     * @param digest of the arguments, SHA-256 in lower-case hex
     * @param arguments the canonical JSON of action, resource and context
     * @param request as it was sent
     */
    record ParsedEvaluation(
            Optional<Entity> subject,
            String action,
            Entity resource,
            Set<String> datatypes,
            Optional<Fingerprint> fingerprint,
            boolean isAsking,
            String digest,
            String arguments,
            JsonNode request)
            implements EvaluationItem {

        private static final TypeReference<Map<String, Object>> MEMBERS = new TypeReference<>() {};

        /** Of that part of the request. */
        Map<String, Object> properties(String part) {
            JsonNode of = request.path(part).path("properties");
            return of.isObject() ? Json.mapper().convertValue(of, MEMBERS) : Map.of();
        }
    }

    /** A subject or a resource. */
    record Entity(String type, String id) {}
}
