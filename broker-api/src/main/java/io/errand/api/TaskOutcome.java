package io.errand.api;

import org.jspecify.annotations.Nullable;

/**
 * How a task ended: the body of {@code POST /v1/tasks/{id}/complete}.
 *
 * @param outcome {@code succeeded} or {@code failed}
 * @param summary what came of it, for people; at most 4 KiB of UTF-8
 */
public record TaskOutcome(
        @Nullable String outcome, @Nullable String summary) {}
