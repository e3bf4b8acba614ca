package io.errand.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A named set of Cedar policies.
 *
 * @param kind always {@code Policy}
 * @param cedar the policies, in Cedar's own language; at most 1 MiB
 * @param status {@code draft} or {@code active}; absent: {@code active}
 * @param version counts from 1; set by the service
 * @param author who saved it; set by the service
 * @param pdp an external decision point that must agree to whatever is decided while this set is in force: a name under
 *     {@code errand.policy.pdps}; absent: none
 * @param warnings what the policies speak of that is not there, a sentence each; in the answer to a {@code PUT} only, absent where
 *     there is nothing of the kind
 */
public record PolicyResource(
        @Nullable String kind,
        @Nullable String name,
        String cedar,
        @Nullable String status,
        @Nullable String reason,
        @Nullable Integer version,
        @Nullable String author,
        @Nullable Instant createdAt,
        @Nullable String pdp,
        @Nullable List<String> warnings) {

    /** The same, as the answer that warns. */
    public PolicyResource warning(List<String> sentences) {
        return new PolicyResource(
                kind,
                name,
                cedar,
                status,
                reason,
                version,
                author,
                createdAt,
                pdp,
                sentences.isEmpty() ? null : sentences);
    }
}
