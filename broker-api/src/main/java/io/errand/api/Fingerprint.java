package io.errand.api;

import java.util.List;
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
        @Constraint(pattern = Constraint.SHA256) @Nullable String dataSha256) {

    /** The names of its members, as they are sent. */
    public static final List<String> MEMBERS = List.of("model", "prompt_sha256", "toolchain_sha256", "data_sha256");

    /** The same with one member replaced, by its name. */
    public Fingerprint with(String member, String value) {
        return switch (member) {
            case "model" -> new Fingerprint(value, promptSha256, toolchainSha256, dataSha256);
            case "prompt_sha256" -> new Fingerprint(model, value, toolchainSha256, dataSha256);
            case "toolchain_sha256" -> new Fingerprint(model, promptSha256, value, dataSha256);
            case "data_sha256" -> new Fingerprint(model, promptSha256, toolchainSha256, value);
            default -> throw new IllegalArgumentException(member + " is no member of a fingerprint");
        };
    }
}
