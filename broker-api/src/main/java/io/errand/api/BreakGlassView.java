package io.errand.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A break-glass.
 *
 * @param task absent: it is for the whole agent
 * @param state {@code active}, {@code ended} (to be reviewed) or {@code reviewed}
 * @param leases ids of the leases that were granted under it; absent in lists
 * @param reviewBy when the review is overdue
 * @param nothingToLift those of its tools at which no {@code @liftable} policy in force can concern the agent, so that it changes
 *     nothing there; in the answer to its activation and in its own while it is active, and absent if there are none
 */
public record BreakGlassView(
        String id,
        String agent,
        @Nullable String task,
        List<String> tools,
        String state,
        String reason,
        String ticket,
        String who,
        Instant createdAt,
        Instant expiresAt,
        @Nullable Instant endedAt,
        @Nullable String endedBy,
        Instant reviewBy,
        @Nullable Instant reviewedAt,
        @Nullable String reviewedBy,
        @Nullable String finding,
        @Nullable String comment,
        @Nullable List<String> leases,
        @Nullable List<String> nothingToLift) {

    public BreakGlassView withNothingToLift(List<String> tools) {
        return new BreakGlassView(
                id,
                agent,
                task,
                this.tools,
                state,
                reason,
                ticket,
                who,
                createdAt,
                expiresAt,
                endedAt,
                endedBy,
                reviewBy,
                reviewedAt,
                reviewedBy,
                finding,
                comment,
                leases,
                tools);
    }
}
