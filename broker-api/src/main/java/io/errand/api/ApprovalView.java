package io.errand.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An approval as approvers see it.
 *
 * @param state {@code pending}, {@code approved}, {@code denied}, {@code expired}, {@code consumed} or {@code voided}
 * @param requester {@code <issuer>:<subject>} of the agent's own token; for a single use {@code task:<id>}
 * @param person for whom the agent acts: {@code person:<issuer>:<sub>}; absent: for itself
 * @param digest {@code sha256:} and the hexadecimal SHA-256 of {@code request} in UTF-8
 * @param request the canonical JSON (RFC 8785) of all that will be granted or done, exactly; absent in lists
 * @param task the task that it was used for; absent until then
 * @param endedAt when it was denied, used, voided, or had expired
 */
public record ApprovalView(
        String id,
        String state,
        String agent,
        String requester,
        @Nullable String person,
        String digest,
        List<Need> needs,
        List<Verdict> verdicts,
        @Nullable String request,
        @Nullable String task,
        Instant createdAt,
        Instant expiresAt,
        @Nullable Instant endedAt) {

    /**
     * What is needed; all needs of an approval must be met.
     *
     * @param people how many different people of the group
     * @param ownerMayNot whether the agent's owner is not among them
     */
    public record Need(String group, int people, boolean ownerMayNot) {}

    /**
     * What a person said.
     *
     * @param groups for which of the needs it counts
     */
    public record Verdict(
            String who,
            String decision,
            List<String> groups,
            @Nullable String comment,
            Instant at) {}
}
