package io.errand.api;

import org.jspecify.annotations.Nullable;

/**
 * Puts a version of a policy set in force: a draft, or an older one to go back to.
 *
 * @param version any version that the set ever had; required
 * @param reason for the audit log; at most 1000 characters
 */
public record PolicyActivation(
        @Nullable Integer version, @Nullable String reason) {}
