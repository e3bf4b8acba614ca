package io.errand.registry;

import io.errand.api.Json;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Good resources as JSON, to be spoiled by a test. */
final class An {

    private An() {}

    /** An agent whose one identity is its own name at {@code workloads}. */
    static String agent(String name) {
        return agent(name, "{}");
    }

    /** The same with members replaced; a null takes one away. */
    static String agent(String name, String members) {
        return with("""
                {"owner": "team@example.com", "purpose": "Match invoices", "task_types": ["triage"],
                 "identities": [{"issuer": "workloads", "subject": "%s"}],
                 "tools": [{"tool": "orders-db", "actions": ["read"]}]}
                """.formatted(name), members);
    }

    static String tool(String members) {
        return with("""
                {"backend": "fake", "actions": ["read", "write"], "sensitivity": "internal", "environment": "production"}
                """, members);
    }

    private static String with(String json, String members) {
        ObjectNode resource = (ObjectNode) Json.mapper().readTree(json);
        for (var member : Json.mapper().readTree(members).properties()) {
            JsonNode value = Objects.requireNonNull(member.getValue());
            if (value.isNull()) {
                resource.remove(member.getKey());
            } else {
                resource.set(member.getKey(), value);
            }
        }
        return resource.toString();
    }
}
