package io.errand.broker.reassessment;

import io.errand.broker.agent.Agent;
import io.errand.broker.agent.AgentChanged;
import io.errand.broker.agent.LiveLeasesOfAgent;
import io.errand.broker.agent.LiveTasksOfAgent;
import io.errand.broker.lease.Leases;
import io.errand.broker.task.Scope;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * What the agent room asks and tells upwards: an agent that may not act any more has nothing that lives, and nothing that it
 * handed on does.
 */
@Component
class AgentsLeases implements LiveLeasesOfAgent, LiveTasksOfAgent {

    private final Leases leases;
    private final Tasks tasks;

    AgentsLeases(Leases leases, Tasks tasks) {
        this.leases = leases;
        this.tasks = tasks;
    }

    @Override
    public boolean any(String agent) {
        return leases.anyLive(Scope.agent(agent));
    }

    @Override
    public void revoke(String agent, String reason, String who) {
        end(agent, reason, who);
    }

    @Override
    public Map<UUID, List<String>> shown(String agent) {
        return tasks.shown(agent);
    }

    @Override
    public void end(Collection<UUID> ended, String who) {
        ended.stream().sorted().forEach(task -> tasks.end(task, Task.State.CANCELLED, null, null, who));
    }

    /** In the transaction of the change. A retired one has more than this to end, which is another room's. */
    @EventListener
    void changed(AgentChanged change) {
        if (change.after().state() == Agent.State.SUSPENDED) {
            end(change.after().name(), "the agent is suspended", change.who());
        }
    }

    /**
     * Tasks before leases. Its own tasks stay, so that it can read their receipts; they get nothing, and introspection says nothing of
     * them.
     */
    private void end(String agent, String reason, String who) {
        tasks.cancelHandedOn(agent, who);
        leases.revokeOf(Scope.agent(agent), reason, who);
    }
}
