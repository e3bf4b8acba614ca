package io.errand.api;

import org.jspecify.annotations.Nullable;

/**
 * An agent is suspended or retired.
 *
 * @param reason why, at most 1024 bytes; required
 */
public record AgentTransition(
        @Constraint(required = true) @Nullable String reason) {}
