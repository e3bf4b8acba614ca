package io.errand.broker.exchange;

import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.task.Ancestry;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import io.errand.broker.tool.Tool;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** How far a task may be delegated, and what stops a delegated one. */
@Component
class DelegationLimits {

    private final Agents agents;
    private final Ancestry ancestry;
    private final Tasks tasks;

    DelegationLimits(Agents agents, Ancestry ancestry, Tasks tasks) {
        this.agents = agents;
        this.ancestry = ancestry;
        this.tasks = tasks;
    }

    /** agent ∩ tool ∩ task ∩ every agent above it, as they are registered now. */
    Set<String> within(Tool tool, Agent agent, Optional<TaskLimits> bounds) {
        return bounds.map(above -> ancestry.within(tool, agent, above.ceiling(), above.actors()))
                .orElseGet(() -> ancestry.within(tool, agent));
    }

    /** When a task ends, or would if it and those above it had begun under the {@code max_ttl} that their agents have now. */
    Instant end(Task task) {
        return Stream.concat(tasks.above(task).stream(), Stream.of(task))
                .flatMap(one -> Stream.of(one.expiresAt(), today(one)))
                .min(Comparator.naturalOrder())
                .orElseThrow();
    }

    private Instant today(Task task) {
        return agents.byName(task.agent())
                .map(agent -> task.createdAt().plus(agent.maxTtl()))
                .orElse(task.createdAt());
    }

    /** What is refused to a task whose {@link #end} has come. */
    static <T> GrantStep<T> over(Instant end) {
        return GrantStep.stop(Refusal.accessDenied(
                "max_ttl_passed",
                "This task has lasted as long as its agent, or one above it, may work on one; declare another.",
                "by the max_ttl of now it would have ended at " + end));
    }

    /** Why one of those above may not act any more, if one may not. */
    Optional<Refusal> broken(List<String> actors) {
        return ancestry.broken(actors)
                .map(bad -> Refusal.accessDenied(
                        bad.reason(),
                        "An agent that handed this task down may not act now; its owner can tell why.",
                        bad.detail()));
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
}
