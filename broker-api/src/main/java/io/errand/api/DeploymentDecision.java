package io.errand.api;

import org.jspecify.annotations.Nullable;

/**
 * What becomes of a database that is in doubt.
 *
 * @param decision {@code adopt}: it goes on as this deployment (it was restored, or the other one is gone); {@code new}: it is a
 *     copy, and another deployment from now on
 * @param reason for the audit log; 1 to 500 characters
 */
public record DeploymentDecision(
        @Nullable String decision, @Nullable String reason) {}
