package io.errand.broker.policy.cedar;

import com.cedarpolicy.model.exception.InternalException;
import com.cedarpolicy.model.policy.Policy;
import io.errand.api.Json;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What the head of a policy names, which the rest of it can only narrow. What is not understood here counts as naming nothing: the
 * policy is then asked too often, never too seldom. Agents, tools and actions have no parents ({@link CedarRequests}), so {@code in} an
 * entity is to be that entity.
 *
 * @param agent null: any
 * @param tool null: any
 * @param actions empty: any
 */
record PolicyScope(@Nullable String agent, @Nullable String tool, Set<String> actions) {

    static final PolicyScope ANY = new PolicyScope(null, null, Set.of());

    // Annotations have brackets of their own, before the effect.
    static final Pattern EFFECT = Pattern.compile("\\b(?:permit|forbid)\\s*\\(");

    static PolicyScope of(Statement statement) {
        Matcher effect = EFFECT.matcher(statement.code());
        if (!effect.find()) {
            return ANY;
        }
        int end = statement.closing(effect.end());
        try {
            // Without its conditions a policy is short, and its JSON is not nested deep.
            String head = statement.source().substring(effect.start(), end) + ";";
            JsonNode json = Json.mapper().readTree(new Policy(head, "head").toJson());
            return new PolicyScope(
                    one(json.path("principal"), "Errand::Agent"),
                    one(json.path("resource"), "Errand::Tool"),
                    some(json.path("action")));
        } catch (InternalException e) {
            return ANY;
        }
    }

    boolean covers(String action) {
        return actions.isEmpty() || actions.contains(action);
    }

    private static @Nullable String one(JsonNode head, String type) {
        // An "is" with an "in" has its entity inside.
        JsonNode entity = head.has("in") ? head.path("in").path("entity") : head.path("entity");
        return type.equals(entity.path("type").asString("")) ? entity.path("id").asString() : null;
    }

    private static Set<String> some(JsonNode head) {
        Set<String> actions = new HashSet<>();
        if (head.has("entity")) {
            actions.add(action(head.path("entity")));
        }
        head.path("entities").forEach(entity -> actions.add(action(entity)));
        return actions.contains("") ? Set.of() : Set.copyOf(actions);
    }

    private static String action(JsonNode entity) {
        return "Errand::Action".equals(entity.path("type").asString(""))
                ? entity.path("id").asString("")
                : "";
    }
}
