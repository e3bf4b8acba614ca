package io.errand.api;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A bearer for a directory that is to push its users and groups.
 *
 * @param note whose it is, at most 255 bytes; required
 * @param ttl how long it is good, from {@code PT1M} to {@code P365D}; absent: {@code P90D}
 */
public record DirectoryTokenRequest(
        @Constraint(required = true) @Nullable String note,
        @Nullable Duration ttl) {}
