package io.errand.api;

import org.jspecify.annotations.Nullable;

/**
 * An owner is gone, or is back after all.
 *
 * @param owner as agents name them, in any case of letters; required
 * @param reason why, at most 1024 bytes; required
 */
public record OwnerDeparture(
        @Constraint(required = true) @Nullable String owner,
        @Constraint(required = true) @Nullable String reason) {}
