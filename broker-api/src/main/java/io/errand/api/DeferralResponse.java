package io.errand.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the token endpoint answers, with 400, while a person has not decided (Deferred Token Response).
 *
 * @param error {@code authorization_pending}, or {@code slow_down} to a poll that came before {@code interval} had passed
 * @param deferralCode what to poll with; a secret, given once, in the first of these answers
 * @param expiresIn seconds until the approval expires
 * @param interval seconds to leave between two polls
 * @param decisionId of the event on the audit log; absent where nothing was decided
 */
public record DeferralResponse(
        String error,
        String errorDescription,
        @Nullable String deferralCode,
        long expiresIn,
        long interval,
        Approval approval,
        @Nullable String decisionId) {

    /**
     * What is waited for.
     *
     * @param url where approvers read it
     * @param digest {@code sha256:} and the hexadecimal SHA-256 of the canonical JSON (RFC 8785) of all that will be granted
     */
    public record Approval(String id, String url, String digest, Instant expiresAt) {}

    @Override
    public String toString() {
        return "DeferralResponse[" + error + ", " + approval.id + "]";
    }
}
