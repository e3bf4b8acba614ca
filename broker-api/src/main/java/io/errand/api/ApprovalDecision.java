package io.errand.api;

import org.jspecify.annotations.Nullable;

/**
 * An approver's decision.
 *
 * @param decision {@code approve} or {@code deny}; one denial is final
 * @param digest as it was shown
 * @param comment at most 1024 bytes of UTF-8
 */
public record ApprovalDecision(
        @Nullable String decision,
        @Nullable String digest,
        @Nullable String comment) {}
