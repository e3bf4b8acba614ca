package io.errand.api;

import org.jspecify.annotations.Nullable;

/**
 * An agent is activated.
 *
 * @param reason why, at most 1024 bytes; required
 * @param withoutProbe why a draft is activated though its tools are not probed, at most 1024 bytes; absent: they are
 */
public record AgentActivation(
        @Constraint(required = true) @Nullable String reason,
        @Nullable String withoutProbe) {}
