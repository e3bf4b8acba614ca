package io.errand.api;

import java.time.Instant;
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
     * What people are asked. Once it is approved, the same evaluation of the same task permits, once.
     *
     * @param id of the approval; absent if nobody was asked, because of {@code context.completion_mode: immediate}
     * @param url where people see and decide it; absent as {@code id} is
     * @param digest {@code sha256:} and the SHA-256 in lower-case hex of the canonical JSON of all that would be permitted: agent,
     *     task, tool, action, properties, a hash of the whole request, and policies; what is approved is this and nothing else
     * @param expiresAt when the request ends, decided or not, used or not; absent as {@code id} is
     * @param groups whose people may give it; {@code owner:<name>} is the agent's owner
     */
    public record Approval(
            @Nullable String id,
            @Nullable String url,
            String digest,
            @Nullable Instant expiresAt,
            List<String> groups) {}

    /** @param status as HTTP has it */
    public record Fault(int status, String message) {}
}
