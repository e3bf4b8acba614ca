package io.errand.broker.risk;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A signal stands from now on. Published in the transaction that records it; live leases that it is about are decided again.
 *
 * @param agent whose risk it raises, and that of what came through it; null: it is about a session
 * @param root the tree of tasks whose risk it raises; null: it is about an agent
 * @param who said so
 */
public record RiskRaised(@Nullable String agent, @Nullable UUID root, String who) {}
