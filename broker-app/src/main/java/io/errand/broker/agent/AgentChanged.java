package io.errand.broker.agent;

/**
 * An agent was replaced by something else: suspended, retired, narrowed, widened. Published in the transaction of the change,
 * and not when a new agent is created.
 *
 * @param who the administrator
 */
public record AgentChanged(Agent before, Agent after, String who) {}
