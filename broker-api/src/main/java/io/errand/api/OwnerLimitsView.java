package io.errand.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What all agents of one owner may have, and how much of it they have.
 *
 * @param agents of theirs that are not retired
 * @param liveLeases their {@code max_live_leases} in sum
 * @param who the administrator who said so
 */
public record OwnerLimitsView(
        String owner,
        @Nullable Integer maxAgents,
        @Nullable Integer maxLiveLeases,
        @Nullable List<AgentResource.ToolGrant> tools,
        int agents,
        long liveLeases,
        String who,
        String reason,
        Instant at) {}
