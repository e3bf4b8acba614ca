package io.errand.api;

import org.jspecify.annotations.Nullable;

/**
 * Whose personal text goes from the audit log: one of the two.
 *
 * @param task all events of this task
 * @param event this event
 */
public record ErasureRequest(
        @Nullable String task, @Nullable String event) {}
