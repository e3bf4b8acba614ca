package io.errand.broker.credential.postgres;

import io.errand.broker.credential.Backend.BindingProblem;
import io.errand.broker.credential.ToolBinding;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A tool's {@code config}: {@code {target, roles: {action: [group roles]}}}. A member {@code action:datatype} of {@code roles} has
 * the group roles of an action on one class of data alone.
 */
record PostgresBinding(String target, Map<String, List<String>> roles) {

    /** What could be read of it, and what is wrong with it. */
    record Reading(Optional<PostgresBinding> toolBinding, List<BindingProblem> problems) {}

    static Reading read(ToolBinding toolBinding) {
        List<BindingProblem> problems = new ArrayList<>();
        Map<String, Object> config = toolBinding.config();
        config.keySet().stream()
                .filter(member -> !member.equals("target") && !member.equals("roles"))
                .forEach(member -> problems.add(new BindingProblem(member, "There is no such member.")));
        String target = config.get("target") instanceof String text && !text.isBlank() ? text : "";
        if (target.isEmpty()) {
            problems.add(new BindingProblem("target", "Name one of the service's targets (errand.targets.<name>)."));
        }
        Map<String, List<String>> roles = new LinkedHashMap<>();
        if (config.get("roles") instanceof Map<?, ?> byAction) {
            byAction.forEach((action, names) -> roles.put(String.valueOf(action), texts(names)));
        }
        for (String action : toolBinding.actions()) {
            if (roles.getOrDefault(action, List.of()).isEmpty()) {
                problems.add(new BindingProblem("roles." + action, "List the group roles that this action needs."));
            }
        }
        for (String action : roles.keySet()) {
            if (!toolBinding.actions().contains(action) && !isOnPart(action, toolBinding.actions())) {
                problems.add(new BindingProblem("roles." + action, "The tool has no such action."));
            } else if (roles.getOrDefault(action, List.of()).isEmpty()
                    && !toolBinding.actions().contains(action)) {
                problems.add(
                        new BindingProblem("roles." + action, "List the group roles of this action on this data."));
            }
        }
        return new Reading(
                problems.isEmpty() ? Optional.of(new PostgresBinding(target, roles)) : Optional.empty(), problems);
    }

    /** The name of the target alone, which is all that destroying needs. */
    static Optional<String> targetOf(ToolBinding toolBinding) {
        return toolBinding.config().get("target") instanceof String text ? Optional.of(text) : Optional.empty();
    }

    /** All the roles that a binding names, however else it reads; none for a login that no lease is known of. */
    static Set<String> groupsNamedIn(ToolBinding toolBinding) {
        Set<String> groups = new LinkedHashSet<>();
        if (toolBinding.config().get("roles") instanceof Map<?, ?> byAction) {
            byAction.values().forEach(names -> groups.addAll(texts(names)));
        }
        return groups;
    }

    private static boolean isOnPart(String member, List<String> actions) {
        return actions.stream().anyMatch(action -> member.startsWith(action + ":"));
    }

    /**
     * The group roles that these actions need, each once; an action that is not bound needs what cannot be had.
     *
     * @param datatypes the classes of data that they are limited to; empty: all
     */
    Optional<Set<String>> groupsOf(List<String> actions, Optional<List<String>> datatypes) {
        Set<String> groups = new LinkedHashSet<>();
        for (String member : members(actions, datatypes)) {
            List<String> names = roles.getOrDefault(member, List.of());
            if (names.isEmpty()) {
                return Optional.empty();
            }
            groups.addAll(names);
        }
        return groups.isEmpty() ? Optional.empty() : Optional.of(groups);
    }

    /** Of {@code roles}: those that these actions on this data are bound by. */
    static List<String> members(List<String> actions, Optional<List<String>> datatypes) {
        return datatypes
                .map(some -> actions.stream()
                        .flatMap(action -> some.stream().map(datatype -> action + ":" + datatype))
                        .toList())
                .orElse(actions);
    }

    /** Empty unless it is a list of texts, none of them blank. */
    private static List<String> texts(Object value) {
        if (!(value instanceof List<?> list)) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        for (Object item : list) {
            if (!(item instanceof String text) || text.isBlank()) {
                return List.of();
            }
            texts.add(text);
        }
        return texts;
    }
}
