package io.errand.broker.agent;

import org.jspecify.annotations.Nullable;

/**
 * An agent was replaced by something else: suspended, retired, narrowed, widened. Published in the transaction of the change,
 * and not when a new agent is created.
 *
 * @param who the administrator
 * @param reason why; null: it came by a PUT of the whole resource, which gives none
 */
public record AgentChanged(
        Agent before, Agent after, String who, @Nullable String reason) {}
