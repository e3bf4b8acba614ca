package io.errand.api;

import org.jspecify.annotations.Nullable;

/**
 * Leaves something that was discovered out of the list of what is new.
 *
 * @param comment why, at most 1024 bytes of UTF-8; required
 */
public record DiscoveredIgnore(
        @Constraint(required = true) @Nullable String comment) {}
