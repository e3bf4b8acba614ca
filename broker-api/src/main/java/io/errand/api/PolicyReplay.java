package io.errand.api;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Past decisions under other policies: the sets in force, with one of them replaced or added.
 *
 * @param name the set; required
 * @param cedar its text; absent: that of {@code version}
 * @param version one that the set has; absent, without {@code cedar}: its newest
 * @param since how far back, at most {@code P30D}; absent: {@code PT24H}
 * @param limit most decisions looked at, newest first, 1 to 10000; absent: 10000
 */
public record PolicyReplay(
        @Nullable String name,
        @Nullable String cedar,
        @Nullable Integer version,
        @Nullable Duration since,
        @Nullable Integer limit) {}
