package io.errand.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;

/**
 * Security events that were asked for (RFC 8936 §2.5). Each comes again until it is acknowledged.
 *
 * @param sets signed tokens by their {@code jti}
 * @param moreAvailable whether there are more than these
 */
public record PolledEvents(
        Map<String, String> sets,
        @JsonProperty("moreAvailable") boolean moreAvailable) {}
