package io.errand.api;

import java.time.Instant;
import java.util.List;

/**
 * One comparison of the broker's leases with what stands at the targets.
 *
 * @param targets how many were looked at
 * @param credentials how many of this broker's stood there
 * @param findings the first {@value #MOST}; the others are at {@code GET /admin/v1/findings?run=…}
 */
public record ReconciliationView(
        String run, Instant startedAt, int targets, int credentials, int found, List<FindingView> findings) {

    /** Findings in one answer. */
    public static final int MOST = 500;
}
