package io.errand.api;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a holder asks for when it renews a lease.
 *
 * @param ttl from now, ISO 8601; absent: as long as task, tool and policy allow. More than they allow is cut to it.
 */
public record RenewalRequest(@Nullable Duration ttl) {}
