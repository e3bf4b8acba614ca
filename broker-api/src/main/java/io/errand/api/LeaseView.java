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
        @Nullable String receipt) {}
