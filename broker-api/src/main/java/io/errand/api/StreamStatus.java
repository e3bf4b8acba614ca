package io.errand.api;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Whether a stream is sent (SSF 1.0 §8.1.2).
 *
 * @param status {@code enabled}; {@code paused}: what happens is kept; {@code disabled}: what happens is not kept
 * @param reason the receiver's own words
 */
public record StreamStatus(
        UUID streamId, String status, @Nullable String reason) {}
