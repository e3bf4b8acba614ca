package io.errand.api;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Proposes a smaller ceiling to an agent's owner.
 *
 * @param since how far back is looked, {@code P1D} to {@code P90D}; absent: {@code P30D}
 * @param basis {@code granted}: what it was granted or handed on stays; {@code used}: of tools whose use is told, by decisions or by
 *     the target's log, what was used stays; absent: {@code granted}
 */
public record RightsizingRequest(
        @Nullable Duration since, @Nullable String basis) {}
