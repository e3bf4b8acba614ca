package io.errand.api;

import org.jspecify.annotations.Nullable;

/**
 * What an agent is made of. A member that is absent is not compared.
 *
 * @param model name and version of the model
 * @param promptSha256 SHA-256 of the system prompt, lower-case hex
 * @param toolchainSha256 SHA-256 over the tools that the agent was built with, lower-case hex
 * @param dataSha256 SHA-256 over the data sources, lower-case hex
 */
public record Fingerprint(
        @Nullable String model,
        @Constraint(pattern = Constraint.SHA256) @Nullable String promptSha256,
        @Constraint(pattern = Constraint.SHA256) @Nullable String toolchainSha256,
        @Constraint(pattern = Constraint.SHA256) @Nullable String dataSha256) {}
