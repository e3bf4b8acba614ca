package io.errand.api;

import org.jspecify.annotations.Nullable;

/**
 * That an exception is approved, by somebody else than who asked for it.
 *
 * @param comment why; it is kept on the log
 */
public record ExceptionApproval(@Nullable String comment) {}
