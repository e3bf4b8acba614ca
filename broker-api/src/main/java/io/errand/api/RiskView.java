package io.errand.api;

import java.time.Instant;
import java.util.Map;

/**
 * A signal that stands.
 *
 * @param scope exactly one member: {@code agent} with a name, or {@code task_tree} with the id of the task at the top
 * @param points 1 to 100
 * @param who said so
 * @param until it ends by itself within some seconds after that
 */
public record RiskView(
        String id,
        Map<String, String> scope,
        int points,
        String reason,
        String who,
        Instant createdAt,
        Instant until) {}
