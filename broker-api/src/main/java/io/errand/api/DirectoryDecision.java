package io.errand.api;

import org.jspecify.annotations.Nullable;

/**
 * An administrator's word on a change of the directory that waits.
 *
 * @param reason why, at most 1024 bytes; required
 */
public record DirectoryDecision(
        @Constraint(required = true) @Nullable String reason) {}
