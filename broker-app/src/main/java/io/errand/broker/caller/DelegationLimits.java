package io.errand.broker.caller;

import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.task.Ancestry;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import io.errand.broker.tasktype.TaskType;
import io.errand.broker.tasktype.TaskTypes;
import io.errand.broker.tool.Tool;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** How far a task may be delegated, and what stops a delegated one. */
@Component
public class DelegationLimits {

    private final Agents agents;
    private final Ancestry ancestry;
    private final Tasks tasks;
    private final TaskTypes taskTypes;

    DelegationLimits(Agents agents, Ancestry ancestry, Tasks tasks, TaskTypes taskTypes) {
        this.agents = agents;
        this.ancestry = ancestry;
        this.tasks = tasks;
        this.taskTypes = taskTypes;
    }

    /** agent ∩ tool ∩ task ∩ every agent above it, as they are registered now; {@link #types} say what is left of it. */
    public Set<String> within(Tool tool, Agent agent, Optional<TaskLimits> bounds) {
        return bounds.map(above -> ancestry.within(tool, agent, above.ceiling(), above.actors()))
                .orElseGet(() -> ancestry.within(tool, agent));
    }

    /**
     * The same of a task that is there, and of its type and those of the tasks above it.
     *
     * @param datatypes classes of data that a credential of it reaches; null: all that the tool has
     */
    public Set<String> within(Tool tool, Agent agent, Task task, @Nullable List<String> datatypes) {
        Set<String> allowed = within(tool, agent, Optional.of(TaskLimits.of(task)));
        for (TaskType type : types(task)) {
            allowed = type.covers(tool, datatypes) ? type.within(tool.name(), allowed) : Set.of();
        }
        return allowed;
    }

    /** Its type and those of the tasks above it, as far as they are registered: a task has nothing that one of them does not allow. */
    public List<TaskType> types(Task task) {
        return Stream.concat(tasks.above(task).stream(), Stream.of(task))
                .flatMap(one -> taskTypes.named(one.type()).stream())
                .toList();
    }

    /** When a task ends, or would if it and those above it had begun under the {@code max_ttl} that agents and types have now. */
    public Instant end(Task task) {
        return Stream.concat(tasks.above(task).stream(), Stream.of(task))
                .flatMap(one -> Stream.of(one.expiresAt(), today(one)))
                .min(Comparator.naturalOrder())
                .orElseThrow();
    }

    private Instant today(Task task) {
        return agents.byName(task.agent())
                .map(agent -> task.createdAt().plus(longest(agent, taskTypes.named(task.type()))))
                .orElse(task.createdAt());
    }

    /** How long a task may last: its agent and its type say, and neither makes it longer. */
    public static Duration longest(Agent agent, Optional<TaskType> type) {
        return type.flatMap(TaskType::maxTtl)
                .filter(shorter -> shorter.compareTo(agent.maxTtl()) < 0)
                .orElse(agent.maxTtl());
    }

    /** What is refused to a task whose {@link #end} has come. */
    public static <T> GrantStep<T> over(Instant end) {
        return GrantStep.stop(Refusal.accessDenied(
                "max_ttl_passed",
                "This task has lasted as long as its agent, or one above it, may work on one; declare another.",
                "by the max_ttl of now it would have ended at " + end));
    }

    /** Why one of those above may not act any more, if one may not. */
    public Optional<Refusal> broken(List<String> actors) {
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
    public Optional<Refusal> tooFar(Task parent, String child) {
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
