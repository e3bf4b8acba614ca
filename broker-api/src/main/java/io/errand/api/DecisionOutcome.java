package io.errand.api;

import org.jspecify.annotations.Nullable;

/**
 * What came of a permitted action: the body of {@code POST /v1/decisions/{id}/outcome}, once.
 *
 * @param outcome {@code succeeded}, {@code failed} or {@code unknown}
 * @param detail for people; at most 1 KiB of UTF-8
 */
public record DecisionOutcome(
        @Nullable String outcome, @Nullable String detail) {}
