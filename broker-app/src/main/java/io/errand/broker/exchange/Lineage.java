package io.errand.broker.exchange;

import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.agent.Standing;
import io.errand.broker.task.Task;
import io.errand.broker.tool.Tool;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.stereotype.Component;

/** What a task owes to those above it: it is as good as the worst of them, and may do what all of them may (P3). */
@Component
class Lineage {

    private final Agents agents;

    Lineage(Agents agents) {
        this.agents = agents;
    }

    /** agent ∩ tool ∩ task ∩ every agent above it, as they are registered now. */
    Set<String> within(Tool tool, Agent agent, Optional<Bounds> bounds) {
        Set<String> allowed = new HashSet<>(agent.ceiling().getOrDefault(tool.name(), Set.of()));
        allowed.retainAll(tool.actions());
        bounds.ifPresent(above -> {
            allowed.retainAll(above.on(tool.name())
                    .map(detail -> Set.copyOf(detail.actions()))
                    .orElse(Set.of()));
            for (String actor : above.actors()) {
                allowed.retainAll(agents.byName(actor)
                        .map(known -> known.ceiling().getOrDefault(tool.name(), Set.of()))
                        .orElse(Set.of()));
            }
        });
        return allowed;
    }

    /** Why one of those above may not act any more, if one may not. */
    Optional<Refusal> broken(List<String> actors) {
        for (String actor : actors) {
            Optional<Agent> agent = agents.byName(actor);
            if (agent.isEmpty()) {
                return Optional.of(stopped("agent_deleted", "the agent " + actor + " is registered no more"));
            }
            if (agents.standing(agent.get()) instanceof Standing.Bad(String reason, String detail)) {
                return Optional.of(stopped(reason, detail));
            }
        }
        return Optional.empty();
    }

    /**
     * Why a task may not be handed to that agent, if it may not: its own agent does not list it, or the chain would be longer than
     * one of the agents in it allows below its own task.
     */
    Optional<Refusal> tooFar(Task parent, String child) {
        List<String> chain = parent.chain();
        for (int level = 0; level < chain.size(); level++) {
            int below = chain.size() - level;
            String actor = chain.get(level);
            int most = agents.byName(actor).map(Agent::maxDelegationDepth).orElse(0);
            if (below > most) {
                return Optional.of(Refusal.accessDenied(
                        "delegation_too_deep",
                        "The chain of delegations would be longer than max_delegation_depth of an agent in it allows.",
                        "max_delegation_depth of " + actor + " is " + most + ", and this would be level " + below
                                + " below its task"));
            }
        }
        boolean listed = agents.byName(parent.agent())
                .filter(agent -> agent.delegatesTo().contains(child))
                .isPresent();
        return listed
                ? Optional.empty()
                : Optional.of(Refusal.accessDenied(
                        "not_delegable",
                        "This agent's delegates_to does not list that agent.",
                        "delegates_to of " + parent.agent() + " does not list " + child));
    }

    private static Refusal stopped(String reason, String detail) {
        return Refusal.accessDenied(
                reason, "An agent that handed this task down may not act now; its owner can tell why.", detail);
    }
}
