package io.errand.api;

import org.jspecify.annotations.Nullable;

/**
 * Somebody else answers for an agent from now on.
 *
 * @param owner a person or team, at most 255 bytes; required
 * @param reason why, at most 1024 bytes; required
 */
public record AgentTransfer(
        @Constraint(required = true) @Nullable String owner,
        @Constraint(required = true) @Nullable String reason) {}
