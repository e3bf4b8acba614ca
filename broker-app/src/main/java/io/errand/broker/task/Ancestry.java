package io.errand.broker.task;

import io.errand.api.AuthorizationDetail;
import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.agent.Standing;
import io.errand.broker.tool.Tool;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.stereotype.Component;

/** What a task owes to the agents above it: it is as good as the worst of them, and may do what all of them may (P3). */
@Component
public class Ancestry {

    private final Agents agents;

    Ancestry(Agents agents) {
        this.agents = agents;
    }

    /** agent ∩ tool, as they are registered now. */
    public Set<String> within(Tool tool, Agent agent) {
        Set<String> allowed = new HashSet<>(ceiling(agent, tool));
        allowed.retainAll(tool.actions());
        return allowed;
    }

    /**
     * agent ∩ tool ∩ task ∩ every agent above it, as they are registered now.
     *
     * @param ceiling of the task
     * @param above names of those that it was handed down by
     */
    public Set<String> within(Tool tool, Agent agent, List<AuthorizationDetail> ceiling, List<String> above) {
        Set<String> allowed = within(tool, agent);
        allowed.retainAll(ceiling.stream()
                .filter(detail -> detail.identifier().equals(tool.name()))
                .findFirst()
                .map(detail -> Set.copyOf(detail.actions()))
                .orElse(Set.of()));
        for (String actor : above) {
            allowed.retainAll(
                    agents.byName(actor).map(known -> ceiling(known, tool)).orElse(Set.of()));
        }
        return allowed;
    }

    private static Set<String> ceiling(Agent agent, Tool tool) {
        return agent.ceiling().getOrDefault(tool.name(), Set.of());
    }

    /** Why one of those above may not act any more, if one may not. */
    public Optional<Standing.Bad> broken(List<String> above) {
        for (String actor : above) {
            Optional<Agent> agent = agents.byName(actor);
            if (agent.isEmpty()) {
                return Optional.of(
                        new Standing.Bad("agent_deleted", "the agent " + actor + " is no longer registered"));
            }
            if (agents.standing(agent.get()) instanceof Standing.Bad bad) {
                return Optional.of(bad);
            }
        }
        return Optional.empty();
    }
}
