package io.errand.api;

import org.jspecify.annotations.Nullable;

/**
 * The review of a break-glass that has ended, by somebody else than who activated it.
 *
 * @param finding {@code justified} or {@code unjustified}
 * @param comment what the reviewer found, at most 1024 bytes
 */
public record BreakGlassReview(
        @Nullable String finding, @Nullable String comment) {}
