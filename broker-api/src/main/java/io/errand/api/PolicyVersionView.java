package io.errand.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One version of a policy set, without its text.
 *
 * @param status {@code draft}, {@code active}, {@code superseded} or {@code deleted}
 * @param pdp the external decision point that must agree; absent: none
 */
public record PolicyVersionView(
        int version,
        String status,
        String author,
        @Nullable String reason,
        @Nullable String pdp,
        Instant createdAt) {}
