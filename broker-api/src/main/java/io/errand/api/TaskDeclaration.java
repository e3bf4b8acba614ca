package io.errand.api;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The {@code task} parameter of a token request: what the agent is about to do.
 *
 * @param type one of the agent's {@code task_types}; absent: its only one
 * @param purpose why, for people and policy; at most 4 KiB of UTF-8 without control characters; absent: the agent's purpose
 * @param ttl how long, from one second to the agent's {@code max_ttl}; longer is cut, absent is the longest
 * @param promptSha256 SHA-256 of the prompt in lower-case hex
 * @param prompt the prompt itself; kept only where {@code errand.task.keep-prompt} is set, otherwise its SHA-256 is
 * @param context members that policies may read
 * @param fingerprint what the agent is made of now
 */
public record TaskDeclaration(
        @Nullable String type,
        @Nullable String purpose,
        @Nullable Duration ttl,
        @Nullable String promptSha256,
        @Nullable String prompt,
        @Nullable Map<String, Object> context,
        @Nullable Fingerprint fingerprint) {

    /** The same of an agent that is made of something else. */
    public TaskDeclaration withFingerprint(@Nullable Fingerprint other) {
        return new TaskDeclaration(type, purpose, ttl, promptSha256, prompt, context, other);
    }

    /** The same with another prompt, and the digest of what it was. */
    public TaskDeclaration withPrompt(@Nullable String sha256, @Nullable String text) {
        return new TaskDeclaration(type, purpose, ttl, sha256, text, context, fingerprint);
    }
}
