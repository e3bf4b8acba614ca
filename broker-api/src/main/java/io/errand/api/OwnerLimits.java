package io.errand.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What all agents of one owner may have together, and at most each; if none of the three is there, there is no limit any more. It is
 * looked at when an agent is registered, changed or transferred.
 *
 * @param owner a person or team, as agents name them; required
 * @param maxAgents agents that are not retired, 0 to 1000000; absent: any number
 * @param maxLiveLeases what {@code max_live_leases} of these agents is in sum, 0 to 100000000: so many leases of theirs are live at
 *     most; absent: any number
 * @param tools the ceiling that the ceiling of each agent is within; absent: any
 * @param reason why, at most 1024 bytes of UTF-8; required
 */
public record OwnerLimits(
        @Constraint(required = true) @Nullable String owner,

        @Constraint(min = 0, max = 1_000_000) @Nullable Integer maxAgents,

        @Constraint(min = 0, max = 100_000_000) @Nullable Integer maxLiveLeases,
        @Nullable List<AgentResource.ToolGrant> tools,
        @Constraint(required = true) @Nullable String reason) {}
