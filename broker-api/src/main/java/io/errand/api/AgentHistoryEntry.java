package io.errand.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One change in the life of an agent.
 *
 * @param change {@code created}, {@code activated}, {@code suspended}, {@code retired},
 *     {@code transferred} or {@code baselined}
 * @param before the state, or where that changed the owner or the members of the fingerprint; absent: it was not there
 * @param after likewise
 * @param who {@code person:<issuer>:<subject>}
 * @param reason absent: it came by a PUT of the whole resource, which gives none
 */
public record AgentHistoryEntry(
        String id,
        String agent,
        String change,
        @Nullable String before,
        @Nullable String after,
        String who,
        @Nullable String reason,
        Instant at) {}
