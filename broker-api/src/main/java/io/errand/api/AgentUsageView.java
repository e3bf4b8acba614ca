package io.errand.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an agent may have, what of it was granted and used in a time, and what it asked for and did not get.
 *
 * @param complete whether all of the agent's tasks of that time were looked at; if not, the newest were
 * @param refusalsComplete the same of its refusals
 * @param actions by tool and action: all of the ceiling, and whatever else was asked for, at most 2000
 */
public record AgentUsageView(
        String agent,
        String owner,
        Instant since,
        Instant until,
        boolean complete,
        boolean refusalsComplete,
        List<Action> actions) {

    /**
     * An action on a tool. A time is absent where the number is 0.
     *
     * @param inCeiling whether the agent may have it now
     * @param granted leases that had it
     * @param handedOn delegations to other agents that had it
     * @param used permitted decisions about it
     * @param observed sessions at the target that ran statements by a lease that had it, as the target logged them; which of the
     *     lease's actions they were, a target does not say
     * @param refused refusals, of credentials and of uses
     * @param reason of one of these refusals
     */
    public record Action(
            String tool,
            String action,
            boolean inCeiling,
            long granted,
            @Nullable Instant lastGranted,
            long handedOn,
            long used,
            @Nullable Instant lastUsed,
            long observed,
            @Nullable Instant lastObserved,
            long refused,
            @Nullable Instant lastRefused,
            @Nullable String reason) {}
}
