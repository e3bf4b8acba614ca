package io.errand.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A lease as callers see it.
 *
 * @param state {@code pending}, {@code active}, {@code revoking} or {@code revoked}
 * @param irrevocable true while the broker has failed often to destroy it; it keeps trying
 * @param receipt once {@code revoked}: a JWS of {@code typ} {@code errand-receipt+jwt}, to be verified with the broker's keys
 * @param revokingAt from when on it was to be destroyed
 * @param revokedAt when it was seen to be gone
 * @param lastError for administrators: why the last try to destroy it failed
 * @param disabled for administrators: its credential cannot be used, and could not be removed
 */
public record LeaseView(
        String id,
        String task,
        String agent,
        String tool,
        List<String> actions,
        String state,
        Instant createdAt,
        Instant expiresAt,
        boolean irrevocable,
        @Nullable String reason,
        @Nullable String receipt,
        @Nullable Instant revokingAt,
        @Nullable Instant revokedAt,
        @Nullable String lastError,
        @Nullable Disabled disabled) {

    /**
     * What is left of a {@code revoked} lease at its target.
     *
     * @param cause what keeps it from being removed
     * @param remedy the statements that an administrator of the target runs
     * @param resolvedAt when it was seen to be gone after all; absent: it is still there
     */
    public record Disabled(
            String cause,
            String remedy,
            Instant since,
            @Nullable Instant resolvedAt) {}
}
