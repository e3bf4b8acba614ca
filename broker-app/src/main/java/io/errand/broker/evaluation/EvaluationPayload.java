package io.errand.broker.evaluation;

import io.errand.api.CanonicalJson;
import io.errand.api.Fingerprint;
import io.errand.api.Json;
import io.errand.api.Sha256;
import io.errand.broker.evaluation.EvaluationItem.Entity;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads AuthZEN payloads (Authorization API 1.0 §5): members that it does not define are ignored, those that it does define are
 * of their type or the item is bad.
 */
final class EvaluationPayload {

    private static final int MAX_TEXT = 1024;
    private static final String COMPLETION = "completion_mode";
    private static final String[] PARTS = {"subject", "action", "resource", "context"};

    private EvaluationPayload() {}

    /** A member is wrong; the message says which, and what it must be. */
    private static final class Wrong extends Exception {

        private static final long serialVersionUID = 1;

        Wrong(String message) {
            super(message, null, false, false);
        }
    }

    /** An item of a batch over the request's defaults: what it names replaces the default as a whole (§7.1.1). */
    static JsonNode merged(JsonNode defaults, JsonNode evaluationItem) {
        var all = Json.mapper().createObjectNode();
        for (String part : PARTS) {
            JsonNode value = evaluationItem.has(part) ? evaluationItem.get(part) : defaults.get(part);
            if (value != null) {
                all.set(part, value);
            }
        }
        return all;
    }

    /** @param mustName whether the subject must be there: a task's own token says it as well */
    static EvaluationItem item(JsonNode request, boolean mustName) {
        try {
            if (!request.isObject()) {
                throw new Wrong("An evaluation is an object.");
            }
            Optional<Entity> subject = request.has("subject") || mustName
                    ? Optional.of(entity(request.get("subject"), "subject"))
                    : Optional.empty();
            JsonNode action = object(request.get("action"), "action");
            String name = text(action, "name", "action.name");
            properties(action, "action");
            Entity resource = entity(request.get("resource"), "resource");
            JsonNode context = request.get("context");
            if (context != null) {
                object(context, "context");
            }
            String arguments = canonical(request);
            return new EvaluationItem.ParsedEvaluation(
                    subject,
                    name,
                    resource,
                    datatypes(request.path("resource").path("properties").path("datatypes")),
                    fingerprint(context),
                    isAsking(context),
                    Sha256.hex(arguments),
                    arguments,
                    request);
        } catch (Wrong e) {
            return new EvaluationItem.InvalidEvaluation(String.valueOf(e.getMessage()));
        }
    }

    private static Entity entity(@Nullable JsonNode node, String at) throws Wrong {
        JsonNode object = object(node, at);
        properties(object, at);
        return new Entity(text(object, "type", at + ".type"), text(object, "id", at + ".id"));
    }

    private static JsonNode object(@Nullable JsonNode node, String at) throws Wrong {
        if (node == null || !node.isObject()) {
            throw new Wrong(at + (node == null ? " is missing; it" : "") + " must be an object.");
        }
        return node;
    }

    private static void properties(JsonNode of, String at) throws Wrong {
        if (of.has("properties")) {
            object(of.get("properties"), at + ".properties");
        }
    }

    private static String text(JsonNode of, String member, String at) throws Wrong {
        JsonNode node = of.get(member);
        if (node == null
                || !node.isString()
                || node.asString().isEmpty()
                || node.asString().length() > MAX_TEXT) {
            throw new Wrong(at + (node == null ? " is missing; it" : "") + " must be text of 1 to " + MAX_TEXT
                    + " characters.");
        }
        return node.asString();
    }

    private static Set<String> datatypes(JsonNode named) {
        Set<String> names = new HashSet<>();
        if (named.isArray()) {
            named.values().stream().filter(JsonNode::isString).forEach(name -> names.add(name.asString()));
        }
        return names;
    }

    private static Optional<Fingerprint> fingerprint(@Nullable JsonNode context) throws Wrong {
        if (context == null || !context.has("fingerprint")) {
            return Optional.empty();
        }
        JsonNode print = object(context.get("fingerprint"), "context.fingerprint");
        return Optional.of(new Fingerprint(
                part(print, "model"),
                part(print, "prompt_sha256"),
                part(print, "toolchain_sha256"),
                part(print, "data_sha256")));
    }

    /** As with an exchange; whoever asks about an action usually means to do it, so it is the other way that is said. */
    private static boolean isAsking(@Nullable JsonNode context) throws Wrong {
        if (context == null || !context.has(COMPLETION)) {
            return true;
        }
        return switch (text(context, COMPLETION, "context.completion_mode")) {
            case "deferred" -> true;
            case "immediate" -> false;
            default -> throw new Wrong("context.completion_mode is deferred or immediate.");
        };
    }

    private static @Nullable String part(JsonNode print, String member) throws Wrong {
        return print.has(member) ? text(print, member, "context.fingerprint." + member) : null;
    }

    /** What is done: the same has the same digest, however it is asked for. */
    private static String canonical(JsonNode request) {
        ObjectNode done = Json.mapper().createObjectNode();
        for (String part : new String[] {"action", "context", "resource"}) {
            if (request.has(part)) {
                done.set(part, request.get(part));
            }
        }
        if (done.get("context") instanceof ObjectNode context && context.has(COMPLETION)) {
            ObjectNode rest = context.deepCopy().without(COMPLETION);
            done.set("context", rest);
            if (rest.isEmpty()) {
                done.remove("context");
            }
        }
        return CanonicalJson.of(done);
    }

    /** Whether every text in it can be kept: PostgreSQL has no NUL, UTF-8 no half of a surrogate pair. */
    static boolean isStorable(JsonNode node) {
        if (node.isString()) {
            return Json.isStorable(node.asString());
        }
        for (Map.Entry<String, JsonNode> member : node.properties()) {
            if (!Json.isStorable(member.getKey()) || !isStorable(member.getValue())) {
                return false;
            }
        }
        return !node.isArray() || node.values().stream().allMatch(EvaluationPayload::isStorable);
    }
}
