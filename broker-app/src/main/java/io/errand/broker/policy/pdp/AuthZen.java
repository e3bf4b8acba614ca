package io.errand.broker.policy.pdp;

import io.errand.api.Json;
import io.errand.api.PolicyQuestion;
import io.errand.broker.agent.Agent;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.policy.cedar.CedarRequests;
import io.errand.broker.tool.Tool;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.type.TypeReference;

/** A question as AuthZEN 1.0 puts it: the same members that Cedar's policies read. */
final class AuthZen {

    private static final TypeReference<Map<String, Object>> MEMBERS = new TypeReference<>() {};

    private AuthZen() {}

    static Map<String, Object> evaluation(PolicyRequest policyRequest) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("subject", entity("agent", policyRequest.agent().name(), of(policyRequest.agent())));
        body.put(
                "action",
                Map.of(
                        "name",
                        policyRequest.action(),
                        "properties",
                        Map.of(
                                "actions",
                                policyRequest.actions(),
                                "kinds",
                                CedarRequests.kinds(policyRequest).stream()
                                        .sorted()
                                        .toList())));
        body.put("resource", entity("tool", policyRequest.tool().name(), of(policyRequest.tool())));
        PolicyQuestion recorded = policyRequest.recorded();
        Map<String, Object> context = new LinkedHashMap<>();
        context.put("task", Json.mapper().convertValue(recorded.task(), MEMBERS));
        context.putAll(Json.mapper().convertValue(recorded.context(), MEMBERS));
        body.put("context", context);
        return body;
    }

    private static Map<String, Object> entity(String type, String id, Map<String, Object> properties) {
        return Map.of("type", type, "id", id, "properties", properties);
    }

    private static Map<String, Object> of(Agent agent) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("owner", agent.owner());
        properties.put("purpose", agent.purpose());
        properties.put("tools", sorted(agent.ceiling().keySet()));
        properties.put("task_types", sorted(agent.taskTypes()));
        properties.put("delegates_to", sorted(agent.delegatesTo()));
        return properties;
    }

    private static Map<String, Object> of(Tool tool) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("backend", tool.backend());
        properties.put("sensitivity", tool.sensitivity());
        properties.put("environment", tool.environment());
        properties.put("destination", tool.destination());
        properties.put("labels", sorted(tool.labels()));
        properties.put(
                "datatypes", tool.datatypes().stream().map(type -> type.name()).toList());
        tool.tenant().ifPresent(tenant -> properties.put("tenant", tenant));
        return properties;
    }

    private static List<String> sorted(Collection<String> names) {
        return names.stream().sorted().toList();
    }
}
