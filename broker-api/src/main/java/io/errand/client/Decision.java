package io.errand.client;

import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * The answer to one question (AuthZEN 1.0 §5). Anything but a clear yes is a no.
 *
 * @param id what to report the outcome under, and to look for in the audit log
 * @param reasons why not, for people
 * @param labels what the session carries now
 * @param context all that was said besides yes or no, an approval to ask for among it
 */
public record Decision(
        boolean permitted, Optional<String> id, List<String> reasons, List<String> labels, JsonNode context) {

    static Decision read(JsonNode answer) {
        JsonNode context = answer.path("context");
        return new Decision(
                answer.path("decision").isBoolean() && answer.path("decision").asBoolean(),
                Optional.ofNullable(context.path("decision_id").asString(null)),
                texts(context.path("reasons")),
                texts(context.path("labels")),
                context);
    }

    private static List<String> texts(JsonNode array) {
        return array.values().stream()
                .map(value -> value.isString() ? value.asString() : value.toString())
                .toList();
    }
}
