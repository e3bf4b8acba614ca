package io.errand.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to one evaluation (AuthZEN Authorization API 1.0 §6.2).
 *
 * @param decision whether the action may be done now; a request that waits for a person is not permitted
 */
public record EvaluationAnswer(boolean decision, Context context) {

    /**
     * Why, and what goes with it.
     *
     * @param decisionId names the decision in the audit log; a permit is closed with it at {@code POST /v1/decisions/{id}/outcome}
     * @param reasons sentences for people; empty for most permits
     * @param obligations what the enforcement point sees to
     * @param labels that the session has now
     * @param approval absent unless a person may still permit it
     * @param revoked leases that ended with this decision, because of what the session has become; absent if none
     * @param error absent unless this item of a batch could not be read
     */
    public record Context(
            String decisionId,
            List<String> reasons,
            List<Obligation> obligations,
            List<String> labels,
            @Nullable Approval approval,
            @Nullable List<String> revoked,
            @Nullable Fault error) {}

    /** For example {@code max_ttl} with {@code PT5M}. */
    public record Obligation(String name, String value) {}

    /**
     * What to ask for.
     *
     * @param groups whose people may give it
     * @param digest SHA-256 in lower-case hex of the canonical JSON of action, resource and context: what is approved is this and
     *     nothing else
     */
    public record Approval(List<String> groups, String digest) {}

    /** @param status as HTTP has it */
    public record Fault(int status, String message) {}
}
