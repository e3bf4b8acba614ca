package io.errand.broker.caller;

import io.errand.api.AuthorizationDetail;
import io.errand.broker.agent.Agent;
import io.errand.broker.task.Delegation;
import io.errand.broker.task.Task;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The limits that a task can never exceed (P3).
 *
 * @param ceiling its own, or what was handed down to it
 * @param actors the agents above it, the top first: nothing that one of them may not do comes through it
 * @param task whose ceiling it is, or whose part
 */
public record TaskLimits(List<AuthorizationDetail> ceiling, List<String> actors, Task task) {

    public static TaskLimits of(Task task) {
        return new TaskLimits(task.ceiling(), task.actors(), task);
    }

    public static TaskLimits of(Delegation delegation) {
        return new TaskLimits(delegation.ceiling(), delegation.parent().chain(), delegation.parent());
    }

    public Optional<AuthorizationDetail> on(String tool) {
        return ceiling.stream()
                .filter(detail -> detail.identifier().equals(tool))
                .findFirst();
    }

    /** The ceiling, as far as an agent's own reaches. */
    public List<AuthorizationDetail> within(Agent agent) {
        return ceiling.stream()
                .map(detail -> new AuthorizationDetail(
                        detail.type(),
                        detail.identifier(),
                        detail.actions().stream()
                                .filter(agent.ceiling().getOrDefault(detail.identifier(), Set.of())::contains)
                                .toList(),
                        detail.datatypes(),
                        detail.locations()))
                .filter(detail -> !detail.actions().isEmpty())
                .toList();
    }
}
