package io.errand.broker.tasktype;

import io.errand.api.ToolResource;
import io.errand.broker.tool.Tool;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A registered task type as the other rooms see it.
 *
 * @param purpose of a task that says none itself; empty: the agent's
 * @param requiredContext in the order in which they are asked for
 * @param tools the actions by the name of the tool; empty: all that the agent has
 * @param maxTtl empty: the agent's
 * @param datatypes empty: all
 * @param risk 0 to 100
 */
public record TaskType(
        UUID id,
        String name,
        long version,
        Optional<PurposeTemplate> purpose,
        List<String> requiredContext,
        Map<String, Set<String>> tools,
        Optional<Duration> maxTtl,
        Set<String> datatypes,
        int risk) {

    /** Those of the required members that a task's context lacks; a blank text is none, and a list or an object is no value. */
    public List<String> missing(Map<String, Object> context) {
        return requiredContext.stream()
                .filter(member -> !isValue(context.get(member)))
                .toList();
    }

    private static boolean isValue(@Nullable Object value) {
        return value instanceof String text ? !text.isBlank() : value instanceof Number || value instanceof Boolean;
    }

    /**
     * Whether these classes of a tool's data are among those that such a task works with; a tool that tells no classes apart has none.
     *
     * @param named null: all that the tool has
     */
    public boolean covers(Tool tool, @Nullable List<String> named) {
        List<String> reached = named == null
                ? tool.datatypes().stream().map(ToolResource.Datatype::name).toList()
                : named;
        return datatypes.isEmpty() || datatypes.containsAll(reached);
    }

    /** Of these actions on a tool, those that such a task may take. */
    public Set<String> within(String tool, Set<String> actions) {
        if (tools.isEmpty()) {
            return actions;
        }
        Set<String> allowed = new HashSet<>(actions);
        allowed.retainAll(tools.getOrDefault(tool, Set.of()));
        return allowed;
    }
}
