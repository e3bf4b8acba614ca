package io.errand.api;

import java.time.Instant;
import java.util.List;

/**
 * The smallest ceiling that would have sufficed for what an agent did in a time, and what would have failed under it.
 *
 * @param version of the agent that it was made for
 * @param basis {@code granted} or {@code used}
 * @param before the ceiling as it is
 * @param after the ceiling that would have sufficed
 * @param removed what is in {@code before} alone
 * @param replayed past grants and delegations that were looked at again
 * @param failing those of them that would have been refused, newest first, at most 1000
 * @param failingUses permitted uses of what is removed
 * @param truncated whether there were more grants than were looked at, or more failures than are named
 * @param proposals ids of what was proposed to the agent's owner; empty: nothing was, or nothing is to be removed
 */
public record RightsizingView(
        String agent,
        String owner,
        long version,
        Instant since,
        String basis,
        List<AgentResource.ToolGrant> before,
        List<AgentResource.ToolGrant> after,
        List<AgentResource.ToolGrant> removed,
        int replayed,
        List<Failure> failing,
        List<FailingUse> failingUses,
        boolean truncated,
        List<String> proposals) {

    /**
     * A grant or a delegation that would have been refused.
     *
     * @param missing what it had and the ceiling would not have; empty: policy would refuse it
     * @param reason {@code outside_ceiling}, or policy's own
     */
    public record Failure(String decision, Instant at, List<AgentResource.ToolGrant> missing, String reason) {}

    /** @param times permitted decisions */
    public record FailingUse(String tool, String action, long times) {}
}
