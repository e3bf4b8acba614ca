package io.errand.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.testing.BusyService;
import io.errand.testing.Scene;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** An agent at work on a task: it asks before each action, and says what came of it. */
record Acting(Scene scene, JsonNode grant) {

    /** Grants a task all of these tools, each with the actions that it registers. */
    static Acting on(Scene scene, String agent, Map<String, List<String>> tools) {
        return on(scene, agent, tools, Map.of());
    }

    static Acting on(Scene scene, String agent, Map<String, List<String>> tools, Map<String, Object> declared) {
        Answer answer = asks(scene, agent, tools, declared);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return new Acting(scene, answer.json());
    }

    static Answer asks(Scene scene, String agent, Map<String, List<String>> tools, Map<String, Object> declared) {
        Map<String, String> form = new HashMap<>(Scene.request(agent, "any", "any"));
        Map<String, Object> task = new HashMap<>(Map.of("type", "triage", "purpose", "test", "ttl", "PT5M"));
        task.putAll(declared);
        form.put("task", Json.mapper().writeValueAsString(task));
        form.put(
                "authorization_details",
                Json.mapper()
                        .writeValueAsString(tools.entrySet().stream()
                                .map(tool -> Map.of(
                                        "type", "tool_access", "identifier", tool.getKey(), "actions", tool.getValue()))
                                .toList()));
        return scene.exchange(form);
    }

    /** Registers an agent whose ceiling is these tools. */
    static void agent(Scene scene, String name, Map<String, List<String>> tools, Map<String, Object> members) {
        Map<String, Object> all = new HashMap<>(Map.of(
                "tools",
                tools.entrySet().stream()
                        .map(tool -> Map.of("tool", tool.getKey(), "actions", tool.getValue()))
                        .toList()));
        all.putAll(members);
        scene.agent(name, "none", all);
    }

    String task() {
        return grant.path("task").path("id").asString();
    }

    Wire wire() {
        return scene.anonymous().as(grant.path("access_token").asString());
    }

    static Wire gateway(Scene scene) {
        return scene.as("errand.pep");
    }

    static Map<String, Object> request(String tool, String action) {
        return Map.of("action", Map.of("name", action), "resource", Map.of("type", "tool", "id", tool));
    }

    Map<String, Object> about(String tool, String action) {
        Map<String, Object> all = new HashMap<>(request(tool, action));
        all.put("subject", Map.of("type", "task", "id", task()));
        return all;
    }

    JsonNode may(String tool, String action) {
        return ok(BusyService.ask(() -> wire().post("/access/v1/evaluation", about(tool, action))));
    }

    JsonNode permitted(String tool, String action) {
        JsonNode answer = may(tool, action);
        assertThat(answer.path("decision").asBoolean()).as(answer.toString()).isTrue();
        return answer;
    }

    JsonNode denied(String tool, String action) {
        JsonNode answer = may(tool, action);
        assertThat(answer.path("decision").asBoolean(true))
                .as(answer.toString())
                .isFalse();
        return answer;
    }

    Answer tell(JsonNode decision, String outcome) {
        return wire().post("/v1/decisions/" + id(decision) + "/outcome", Map.of("outcome", outcome));
    }

    String lease(String tool) {
        return grant.path("credentials").values().stream()
                .filter(one -> one.path("tool").asString().equals(tool))
                .map(one -> one.path("lease_id").asString())
                .findFirst()
                .orElseThrow();
    }

    /** Why, as the audit log has it. */
    String reason(JsonNode decision) {
        return scene.events("decision=" + id(decision))
                .getFirst()
                .path("details")
                .path("reason")
                .asString();
    }

    List<JsonNode> events(JsonNode decision) {
        return scene.events("decision=" + id(decision));
    }

    static String id(JsonNode decision) {
        return decision.path("context").path("decision_id").asString();
    }

    static List<String> texts(JsonNode list) {
        return list.values().stream().map(JsonNode::asString).toList();
    }

    static JsonNode ok(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    static Map<String, List<String>> tools(String... names) {
        Map<String, List<String>> tools = new HashMap<>();
        Arrays.stream(names).forEach(name -> tools.put(name, List.of("read", "write")));
        return tools;
    }
}
