package io.errand.cli.mcp;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Why a message is refused: it is none, or another reader might see another one in it. A reader that does not mind case, for
 * example, sees another member where a name differs in case only (Go's {@code encoding/json} is one).
 */
final class Faults {

    private static final Set<String> MEMBERS = Set.of("jsonrpc", "id", "method", "params", "result", "error");
    private static final Set<String> METHODS = Set.of(
            "tools/call",
            "tools/list",
            "prompts/get",
            "prompts/list",
            "resources/read",
            "resources/list",
            "resources/templates/list",
            "tasks/get",
            "tasks/result",
            "tasks/update",
            "tasks/cancel",
            "tasks/list",
            "notifications/cancelled");
    private static final Set<String> PARAMS =
            Set.of("name", "arguments", "uri", "taskId", "requestState", "inputResponses", "_meta");

    private Faults() {}

    /** The first that there is, as a sentence for the sender. */
    static Optional<String> of(ObjectNode object) {
        Optional<String> other = otherCase(object, MEMBERS);
        if (other.isPresent()) {
            return other;
        }
        boolean isAnswer = object.has("result") || object.has("error");
        if (object.has("method") == isAnswer) {
            return Optional.of("A message has a method, or it is an answer.");
        }
        if (object.has("id")
                && !isId(object.get("id"))
                && !(isAnswer && object.get("id").isNull())) {
            return Optional.of("id must be text or a whole number.");
        }
        if (isAnswer) {
            return Optional.empty();
        }
        if (!object.get("method").isString()) {
            return Optional.of("method must be text.");
        }
        String method = object.get("method").asString();
        String plain = METHODS.contains(method) ? method : plain(method);
        if (METHODS.contains(plain) && !plain.equals(method)) {
            return Optional.of("The method looks like " + plain + " and is not written like it.");
        }
        if (!METHODS.contains(plain)) {
            return Optional.empty();
        }
        return isText(object.path("params"))
                ? otherCase(object.path("params"), PARAMS)
                : Optional.of("Half of a surrogate pair is not text.");
    }

    static boolean isId(JsonNode id) {
        return id.isString() || id.isIntegralNumber();
    }

    /** As a reader might take it that minds neither case nor white space, nor how a letter is encoded. */
    private static String plain(String method) {
        return Normalizer.normalize(method, Normalizer.Form.NFKC)
                .replaceAll("[\\p{C}\\p{Z}]", "")
                .toLowerCase(Locale.ROOT);
    }

    private static Optional<String> otherCase(JsonNode object, Set<String> names) {
        return object.propertyNames().stream()
                .filter(member -> !names.contains(member) && names.stream().anyMatch(member::equalsIgnoreCase))
                .findFirst()
                .map(member -> "The member " + member + " differs in case only from one that matters.");
    }

    /** What has no UTF-8 has no digest, and readers make of it what they like (RFC 8259 §8.2). */
    private static boolean isText(JsonNode node) {
        return isText(node.stringValue(""))
                && node.propertyNames().stream().allMatch(Faults::isText)
                && node.values().stream().allMatch(Faults::isText);
    }

    private static boolean isText(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }
}
