package io.errand.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What would have come of past decisions.
 *
 * @param replayed questions that were asked again; a decision has one a tool
 * @param same with the effect that they had
 * @param skipped questions whose agent or tool is no longer registered
 * @param differences newest first, at most 1000
 * @param truncated whether there are more differences, or more decisions than were looked at
 */
public record PolicyReplayReport(int replayed, int same, int skipped, List<Difference> differences, boolean truncated) {

    /**
     * A question whose answer would be another.
     *
     * @param registrationChanged whether agent or tool is not what it was: that alone may be the difference
     */
    public record Difference(
            String decision,
            Instant at,
            String agent,
            String tool,
            List<String> actions,
            Answer was,
            Answer now,
            boolean registrationChanged) {}

    /**
     * An answer.
     *
     * @param effect {@code permit}, {@code deny} or {@code defer}
     */
    public record Answer(
            String effect, List<String> policies, @Nullable String reason) {}
}
