package io.errand.broker.exchange;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What policy permitted for one tool.
 *
 * @param maxTtl null: policy set none
 * @param breakGlass without which it would not have; empty: none was needed
 * @param lifted the policies that were out of the way for it
 */
record Permitted(
        Wanted wanted,
        @Nullable Duration maxTtl,
        List<String> policies,
        Optional<UUID> breakGlass,
        List<String> lifted) {

    /** The shorter of what tool and policy allow; null: neither says. */
    @Nullable
    Duration ttl() {
        Duration ofTool = wanted.tool().maxTtl().orElse(null);
        if (ofTool == null || maxTtl == null) {
            return ofTool == null ? maxTtl : ofTool;
        }
        return ofTool.compareTo(maxTtl) <= 0 ? ofTool : maxTtl;
    }
}
