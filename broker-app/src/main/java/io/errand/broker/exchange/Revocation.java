package io.errand.broker.exchange;

import io.errand.broker.agent.Agents;
import io.errand.broker.identity.Identity;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** RFC 7009: revoking a task token cancels the task. Only the agent that holds it may; for all others nothing happens. */
@Component
class Revocation {

    private final TaskTokens taskTokens;
    private final Tasks tasks;
    private final Agents agents;

    Revocation(TaskTokens taskTokens, Tasks tasks, Agents agents) {
        this.taskTokens = taskTokens;
        this.tasks = tasks;
        this.agents = agents;
    }

    void revoke(String token, TokenCaller tokenCaller) {
        Optional<Task> task = taskTokens.current(token).map(TaskTokens.Live::task);
        if (task.isPresent()
                && tokenCaller
                        .identity()
                        .filter(identity -> holds(identity, task.get()))
                        .isPresent()) {
            tasks.end(
                    task.get().id(),
                    Task.State.CANCELLED,
                    null,
                    null,
                    "agent:" + task.get().agent());
        }
    }

    private boolean holds(Identity identity, Task task) {
        return agents.byIdentity(identity.issuer(), identity.subject())
                .filter(agent -> agent.id().equals(task.agentId()))
                .isPresent();
    }
}
