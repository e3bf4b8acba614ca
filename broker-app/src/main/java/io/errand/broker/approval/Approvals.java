package io.errand.broker.approval;

import io.errand.api.ApprovalView.Need;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.shared.Secret;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A public face of this room: was this exact request approved? */
public interface Approvals {

    /** The approval of an agent's owner, as the registry names them. */
    static Need ofOwner(String owner) {
        return new Need("owner:" + owner, 1, false);
    }

    /**
     * Puts an act before the people who must approve it, in a transaction of its own.
     *
     * @param asked what {@link Approved#asked} gives back when it is collected
     * @param event the decision that led here; it is recorded as {@code approval.requested}
     */
    Asking ask(
            GrantApprovalRequest grantApprovalRequest,
            Requester requester,
            Map<String, Object> asked,
            AuditEvent event);

    /** Who may collect: the same agent by the same identity and key. */
    record Requester(
            UUID agent,
            String issuer,
            String subject,
            @Nullable String cnf) {}

    /** What came of asking. */
    sealed interface Asking {

        /** @param code what to poll with; it is kept nowhere */
        record Waiting(Secret code, Ticket ticket) implements Asking {}

        record TooMany(int most) implements Asking {}

        /** A number in the task's context has no canonical form. */
        record NotCanonical() implements Asking {}
    }

    /**
     * What is waited for.
     *
     * @param expiresIn seconds
     * @param interval seconds between two polls
     */
    record Ticket(UUID id, String digest, Instant expiresAt, long expiresIn, long interval) {}

    /** Looks, and notes when; a code of another requester is as unknown as one that never was. */
    Poll poll(Secret code, Requester requester);

    /** What a poll finds. */
    sealed interface Poll {

        record Unknown() implements Poll {}

        record Pending(Ticket ticket) implements Poll {}

        record TooSoon(Ticket ticket) implements Poll {}

        record Denied(UUID id) implements Poll {}

        record Expired(UUID id) implements Poll {}

        record Voided(UUID id) implements Poll {}

        record Granted(Approved approved) implements Poll {}

        /** It was used; only a retry with the same {@code Idempotency-Key} may come again (P7). */
        record Used(Approved approved) implements Poll {}
    }

    /** @param asked as it was given to {@link #ask} */
    record Approved(UUID id, String digest, List<Need> needs, Map<String, Object> asked) {

        public Set<String> groups() {
            return needs.stream().map(Need::group).collect(Collectors.toUnmodifiableSet());
        }
    }

    /** Uses it, in the transaction of the grant; false: another grant has used it, or it is over. */
    boolean use(Approved approved, Use use);

    /** Nothing could be made, and that grant is undone: it may be collected again, in the transaction under way. */
    void giveBack(Approved approved, UUID grant, UUID task);

    /**
     * The one grant that uses an approval.
     *
     * @param id of its decision
     * @param key of its {@code Idempotency-Key}, as {@code idempotency} has it; null: it has none
     * @param retry whether that key has made a grant before, which this one takes the place of (P7)
     */
    record Use(UUID id, UUID task, String who, @Nullable String key, boolean retry) {}

    /** Who approved it for a group; empty: nobody did. */
    Optional<String> approver(Approved approved, String group);

    /** The agent, a tool, a policy or the request is not what was approved. */
    void makeVoid(Approved approved, String why);
}
