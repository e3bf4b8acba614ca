package io.errand.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A named set of Cedar policies.
 *
 * @param kind always {@code Policy}
 * @param name how commands and versions call it
 * @param cedar the policies, in Cedar's own language; at most 1 MiB
 * @param status {@code draft} or {@code active}; absent: {@code active}
 * @param reason why it was saved, for the log
 * @param version counts from 1; set by the service
 * @param author who saved it; set by the service
 * @param createdAt when it was saved; set by the service
 * @param pdp an external decision point that must agree to whatever is decided while this set is in force: a name under
 *     {@code errand.policy.pdps}; absent: none
 * @param warnings what the policies speak of that is not there, a sentence each; in the answer to a {@code PUT} only, absent where
 *     there is nothing of the kind
 */
public record PolicyResource(
        @Constraint(required = true, oneOf = "Policy") @Nullable
        String kind,

        @Constraint(required = true, pattern = Constraint.NAME) @Nullable
        String name,

        String cedar,
        @Constraint(oneOf = {"draft", "active"}) @Nullable String status,
        @Nullable String reason,
        @Constraint(answered = true) @Nullable Integer version,
        @Constraint(answered = true) @Nullable String author,
        @Constraint(answered = true) @Nullable Instant createdAt,
        @Nullable String pdp,
        @Constraint(answered = true) @Nullable List<String> warnings) {

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
