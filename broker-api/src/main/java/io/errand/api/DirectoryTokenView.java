package io.errand.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A directory's bearer, of which the service keeps a digest alone.
 *
 * @param state {@code active}, {@code expired} or {@code revoked}
 * @param token the bearer itself, in the answer that made it and in no other
 */
public record DirectoryTokenView(
        String id,
        String note,
        String state,
        String createdBy,
        Instant createdAt,
        Instant expiresAt,
        @Nullable String revokedBy,
        @Nullable Instant revokedAt,
        @Nullable String token) {

    @Override
    public String toString() {
        return "DirectoryTokenView[id=" + id + ", state=" + state + "]";
    }
}
