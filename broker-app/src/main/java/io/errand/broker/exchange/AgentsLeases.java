package io.errand.broker.exchange;

import io.errand.broker.agent.Agent;
import io.errand.broker.agent.AgentChanged;
import io.errand.broker.agent.LiveLeasesOfAgent;
import io.errand.broker.lease.Leases;
import java.util.Locale;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** What the agent room asks and tells upwards: an agent that may not act any more has nothing that lives. */
@Component
class AgentsLeases implements LiveLeasesOfAgent {

    private final Leases leases;

    AgentsLeases(Leases leases) {
        this.leases = leases;
    }

    @Override
    public boolean any(String agent) {
        return leases.anyLiveOfAgent(agent);
    }

    @Override
    public void revoke(String agent, String reason, String who) {
        leases.revokeOfAgent(agent, reason, who);
    }

    /** In the transaction of the change. */
    @EventListener
    void changed(AgentChanged change) {
        if (change.after().state() != Agent.State.ACTIVE) {
            String state = change.after().state().name().toLowerCase(Locale.ROOT);
            leases.revokeOfAgent(change.after().name(), "the agent is " + state, change.who());
        }
    }
}
