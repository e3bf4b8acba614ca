package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Agents that hand tasks on, and a database that they do it for: {@code parent} may hand to {@code child}, and {@code child} to
 * {@code grandchild}.
 */
record Family(Scene scene, String tool, String parent, String child, String grandchild) {

    static Family at(Scene scene) {
        return new Family(
                scene, Scene.name("orders"), Scene.name("parent"), Scene.name("child"), Scene.name("grandchild"));
    }

    void register() {
        scene.postgresTool(tool, Map.of());
        scene.agent(
                parent,
                tool,
                Map.of(
                        "delegates_to",
                        List.of(child),
                        "max_delegation_depth",
                        2,
                        "on_behalf_of",
                        List.of(Map.of("issuer", "people", "clients", List.of("portal")))));
        scene.agent(child, tool, Map.of("delegates_to", List.of(grandchild), "max_delegation_depth", 1));
        scene.agent(grandchild, tool, Map.of("delegates_to", List.of(child), "max_delegation_depth", 1));
        scene.permits();
    }

    /** A task of the parent, with a login that reads and writes. */
    JsonNode task() {
        return granted(scene.exchange(Scene.request(parent, tool, "read", "write")));
    }

    static JsonNode granted(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    Map<String, Object> asks(String agent, String... actions) {
        return new HashMap<>(Map.of(
                "agent",
                agent,
                "authorization_details",
                List.of(Map.of("type", "tool_access", "identifier", tool, "actions", List.of(actions)))));
    }

    Answer delegate(JsonNode granted, Map<String, Object> asked) {
        return scene.anonymous().as(token(granted)).post("/v1/tasks/" + id(granted) + "/delegations", asked);
    }

    /** A delegation token. */
    String handed(JsonNode granted, String agent, String... actions) {
        Answer answer = delegate(granted, asks(agent, actions));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json().path("delegation_token").asString();
    }

    /** The request of an agent that takes up what it was handed. */
    Map<String, String> takes(String agent, String delegationToken, String... actions) {
        Map<String, String> form = Scene.request(agent, tool, actions);
        form.put("actor_token", Surroundings.WORKLOADS.token(agent));
        form.put("actor_token_type", Scene.JWT);
        form.put("subject_token", delegationToken);
        form.put("subject_token_type", Scene.JWT);
        return form;
    }

    /** A child task, with a login that reads. */
    JsonNode childOf(JsonNode granted, String agent) {
        return granted(scene.exchange(takes(agent, handed(granted, agent, "read"), "read")));
    }

    /** The request of an agent that wants more for a task that it has. */
    Map<String, String> more(String agent, JsonNode granted, String... actions) {
        Map<String, String> form = takes(agent, token(granted), actions);
        form.remove("task");
        form.put("subject_token_type", Scene.ACCESS_TOKEN);
        return form;
    }

    Answer view(JsonNode granted) {
        return scene.anonymous().as(token(granted)).get("/v1/tasks/" + id(granted));
    }

    String state(JsonNode granted) {
        return view(granted).json().path("state").asString();
    }

    static String token(JsonNode granted) {
        return granted.path("access_token").asString();
    }

    static String id(JsonNode granted) {
        return granted.path("task").path("id").asString();
    }

    static String lease(JsonNode granted) {
        return granted.path("credentials").path(0).path("lease_id").asString();
    }

    static Instant end(JsonNode task) {
        return Instant.parse(task.path("expires_at").asString());
    }
}
