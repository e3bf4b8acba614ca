package io.errand.api;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A signal that raises a risk for a time.
 *
 * @param scope exactly one member: {@code agent} with a name, or {@code task_tree} with the id of any task of a session
 * @param points 1 to 100, on top of what the request is held to be worth without it
 * @param reason why; it is kept on the log
 * @param ttl how long, from one second to 30 days
 */
public record RiskRequest(
        @Nullable Map<String, Object> scope,
        @Constraint(min = 1, max = 100) @Nullable Integer points,
        @Nullable String reason,
        @Nullable Duration ttl) {}
