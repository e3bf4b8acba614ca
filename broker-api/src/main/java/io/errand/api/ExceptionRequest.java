package io.errand.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * That an agent is to be let off something for a time.
 *
 * @param name what policies know it by
 * @param agent whom
 * @param tools where; absent or empty: at all tools
 * @param reason why; it is kept on the log
 * @param owner who answers for it
 * @param until when it ends by itself
 */
public record ExceptionRequest(
        @Constraint(pattern = Constraint.NAME) @Nullable String name,
        @Constraint(pattern = Constraint.NAME) @Nullable String agent,
        @Constraint(pattern = Constraint.NAME) @Nullable List<String> tools,
        @Nullable String reason,
        @Nullable String owner,
        @Nullable Instant until) {}
