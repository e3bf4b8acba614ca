package io.errand.broker.approval;

import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.policy.PolicySnapshot;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The other public face of this room: an operator's exception. It lifts policies that say they may be lifted, and nothing else: no
 * lock, no ceiling, nothing of the audit log.
 */
public interface BreakGlass {

    /** The one that is active for this agent or task and this tool; of several, the one that lasts longest. */
    Optional<UUID> covering(String agent, @Nullable UUID task, String tool);

    /**
     * What policy says, with what an operator has lifted where that makes a difference: what is permitted without it is not
     * permitted under it.
     *
     * @param task that is there already; null: it is being declared
     * @param counts whether one that covers this is to be counted on
     */
    default Ruled rule(PolicyRequest policyRequest, @Nullable UUID task, PolicySnapshot book, Predicate<UUID> counts) {
        Ruled plain = new Ruled(policyRequest, book.decide(policyRequest), Optional.empty(), book);
        if (plain.policyDecision() instanceof PolicyDecision.Permit) {
            return plain;
        }
        PolicyRequest lifted = policyRequest.in(policyRequest.policyContext().breakGlass(true));
        return covering(policyRequest.agent().name(), task, policyRequest.tool().name())
                .filter(counts)
                .map(id -> new Ruled(lifted, book.decide(lifted), Optional.of(id), book))
                .filter(ruled -> !(ruled.policyDecision() instanceof PolicyDecision.Deny))
                .orElse(plain);
    }

    /**
     * A ruling, and the break-glass without which it would be another.
     *
     * @param policyRequest as it was asked in the end
     */
    record Ruled(
            PolicyRequest policyRequest,
            PolicyDecision policyDecision,
            Optional<UUID> breakGlass,
            PolicySnapshot book) {

        /** The policies that break-glass took out of the way. */
        public List<String> lifted() {
            return policyDecision instanceof PolicyDecision.Permit permit ? permit.lifted() : List.of();
        }
    }

    /**
     * How long it still lasts; it is held until the transaction under way is over: an end of it comes before, and is seen here, or
     * after, and sees what was granted. Empty: it has ended.
     */
    Optional<Duration> hold(UUID breakGlass);

    /** Notes what was granted, renewed or permitted under it, in the transaction of that. */
    void used(Use use);

    /**
     * One use.
     *
     * @param lease that was granted or renewed; null: a single action was permitted
     * @param lifted the policies that were out of the way for it
     */
    record Use(
            UUID breakGlass,
            UUID decision,
            String agent,
            UUID task,
            @Nullable UUID lease,
            String tool,
            List<String> lifted) {}

    /** Published in the transaction that ends one before its time; what was granted under it is to be revoked there. */
    record Ended(UUID breakGlass, List<UUID> leases, String who) {}
}
