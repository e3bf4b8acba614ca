package io.errand.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far the end of a retired agent has come. {@code matched} is the sum of {@code revoked}, {@code pending} and
 * {@code irrevocable}.
 *
 * @param state {@code running} until every lease was seen to be gone, then {@code complete}
 * @param reason absent: it was retired by a PUT of the whole resource, which gives none
 * @param revocation whose manifest, {@code /admin/v1/revocations/{id}}, has its leases and their receipts
 * @param tasks how many ended with it, with those of the agents below
 * @param matched leases that were live, with those of the agents below
 * @param report once it is complete: a JWS of {@code typ} {@code errand-offboarding+jwt}, to be verified with the broker's keys; it has
 *     the SHA-256 of every receipt, what was left at targets, and {@code open}
 */
public record OffboardingView(
        String agent,
        String owner,
        String state,
        String who,
        @Nullable String reason,
        Instant begunAt,
        @Nullable Instant completedAt,
        String revocation,
        int tasks,
        long matched,
        long revoked,
        long pending,
        long irrevocable,
        Open open,
        @Nullable String report) {

    /**
     * What named the agent when it was retired. Nothing of it lets it have anything now.
     *
     * @param approvals ids of those that waited or were unused
     * @param exceptions ids of break-glass that stood
     * @param policies active sets with its name in them
     * @param delegatedBy agents whose {@code delegates_to} has it
     */
    public record Open(
            List<String> approvals, List<String> exceptions, List<String> policies, List<String> delegatedBy) {}
}
