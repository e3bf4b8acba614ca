package io.errand.broker.stream;

import io.errand.api.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Elastic Common Schema 9.4. {@code event.original} is the entry of the log itself, {@code labels} what it is joined by.
 *
 * @param version of this service
 */
record EcsFormat(String version) implements EventFormat {

    static final String SCHEMA = "9.4.0";

    private static final Set<String> CONFIGURATION =
            Set.of("agent", "audit", "deployment", "issuer", "key", "open_policy", "policy", "reconcile", "tool");
    private static final List<String> JOINED_BY = List.of("agent", "task", "lease", "decision");

    @Override
    public byte[] write(JsonNode event, byte[] line) {
        EventKind its = EventKind.of(event.path("kind").asString());
        Map<String, Object> about = new LinkedHashMap<>();
        about.put("kind", "event");
        about.put("category", List.of(category(its)));
        about.put("type", List.of(type(its)));
        about.put("action", its.name());
        about.put("outcome", its.isRefusal() ? "failure" : "success");
        about.put("id", event.path("id").asString());
        about.put("sequence", event.path("place").asLong());
        about.put("module", "errand");
        about.put("dataset", "errand.audit");
        about.put("provider", "errand");
        about.put("severity", its.severity().ocsf());
        Entry.text(event.path("details"), "reason").ifPresent(reason -> about.put("reason", reason));
        about.put("original", new String(line, StandardCharsets.UTF_8));

        Map<String, Object> ecs = new LinkedHashMap<>();
        ecs.put("@timestamp", event.path("at").asString());
        ecs.put("ecs", Map.of("version", SCHEMA));
        ecs.put("message", its.name());
        ecs.put("event", about);
        ecs.put("service", Map.of("name", "errand", "type", "errand", "version", version));
        Entry.text(event, "who").ifPresent(who -> {
            ecs.put("user", Map.of("id", who, "name", who));
            ecs.put("related", Map.of("user", List.of(who)));
        });
        Map<String, Object> labels = new LinkedHashMap<>();
        JOINED_BY.forEach(member -> Entry.text(event, member).ifPresent(value -> labels.put(member, value)));
        Entry.text(event, "outcome").ifPresent(outcome -> labels.put("outcome", outcome));
        if (!labels.isEmpty()) {
            ecs.put("labels", labels);
        }
        return Json.mapper().writeValueAsBytes(ecs);
    }

    private static String category(EventKind its) {
        if (its.isAuthentication()) {
            return "authentication";
        }
        return CONFIGURATION.contains(its.room()) ? "configuration" : "api";
    }

    /** Of the types that ECS expects beside that category. */
    private static String type(EventKind its) {
        return switch (category(its)) {
            case "authentication" ->
                switch (its.verb()) {
                    case "signed_in" -> "start";
                    case "signed_out" -> "end";
                    default -> "info";
                };
            case "configuration" -> its.isRefusal() ? "info" : changed(its);
            default -> its.isRefusal() ? "denied" : changed(its);
        };
    }

    private static String changed(EventKind its) {
        return switch (its.activity()) {
            case CREATE -> "creation";
            case READ -> "access";
            case UPDATE -> "change";
            case DELETE -> "deletion";
            case REFUSE -> "info";
        };
    }
}
