package io.errand.broker.exchange;

import io.errand.broker.agent.Agent;
import io.errand.broker.agent.AgentChanged;
import io.errand.broker.agent.LiveLeasesOfAgent;
import io.errand.broker.agent.LiveTasksOfAgent;
import io.errand.broker.lease.Leases;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
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
        return leases.anyLiveOfAgent(agent);
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

    /** In the transaction of the change. */
    @EventListener
    void changed(AgentChanged change) {
        if (change.after().state() != Agent.State.ACTIVE) {
            String state = change.after().state().name().toLowerCase(Locale.ROOT);
            end(change.after().name(), "the agent is " + state, change.who());
        }
    }

    /**
     * Tasks before leases. Its own tasks stay, so that it can read their receipts; they get nothing, and introspection says nothing of
     * them.
     */
    private void end(String agent, String reason, String who) {
        tasks.cancelHandedOn(agent, who);
        leases.revokeOfAgent(agent, reason, who);
    }
}
