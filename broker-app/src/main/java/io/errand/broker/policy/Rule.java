package io.errand.broker.policy;

import com.cedarpolicy.model.Effect;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the broker itself reads of one policy; the rest is Cedar's.
 *
 * @param id its {@code @id}, or {@code policy<n>} by its place in the set, from 0
 * @param approval the group that must approve; null: nobody
 */
record Rule(
        String id,
        Effect effect,
        @Nullable Duration maxTtl,
        @Nullable String approval,
        boolean requireDpop,
        @Nullable String reason) {}
