package io.errand.api;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far a revocation has come, and its manifest. {@code matched} is the sum of {@code revoked}, {@code pending} and
 * {@code irrevocable}.
 *
 * @param scope as it was asked for; a task tree by the task at its top
 * @param lock id of the lock that it set, if it did
 * @param unknown true: nothing was known by that name, and the lock stands ahead of time; else absent
 * @param matched leases that were live when it was asked for
 * @param revoked those seen to be gone
 * @param pending those not seen to be gone yet
 * @param irrevocable those that the broker has failed often to destroy; it keeps trying
 * @param leases a page of its leases, oldest first; absent in lists
 * @param next the {@code cursor} parameter of the next page; absent on the last one
 */
public record RevocationView(
        String id,
        Map<String, Object> scope,
        String reason,
        String who,
        @Nullable String lock,
        @Nullable Boolean unknown,
        Instant createdAt,
        long matched,
        long revoked,
        long pending,
        long irrevocable,
        Latency latency,
        @Nullable List<LeaseView> leases,
        @Nullable String next) {

    /** Milliseconds from the revocation to the moment when a lease was seen to be gone; absent while none is. */
    public record Latency(@Nullable Long p50Ms, @Nullable Long p99Ms) {}
}
