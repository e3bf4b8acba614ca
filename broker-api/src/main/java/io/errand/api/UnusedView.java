package io.errand.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is registered, and nobody used for a time. What is newer than that is not named.
 *
 * @param agents that began no task and were granted nothing, at most 1000
 * @param tools of which no credential was made and no use was permitted, at most 1000
 * @param policies that determined none of the last {@code decisions} decisions, at most 1000
 * @param decisions how many were looked at
 * @param truncated whether there is more of anything than is named, or there were more decisions than were looked at
 */
public record UnusedView(
        Instant since, List<Agent> agents, List<Tool> tools, List<Policy> policies, int decisions, boolean truncated) {

    /** @param lastUsed absent: never */
    public record Agent(
            String agent,
            String owner,
            String state,
            @Nullable Instant lastUsed) {}

    /** @param lastUsed absent: never */
    public record Tool(
            String tool, String backend, @Nullable Instant lastUsed) {}

    /**
     * @param id {@code <set>@<version>/<id>}
     * @param effect {@code permit} or {@code forbid}
     */
    public record Policy(String id, String effect) {}
}
