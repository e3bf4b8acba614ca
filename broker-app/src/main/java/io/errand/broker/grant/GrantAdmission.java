package io.errand.broker.grant;

import io.errand.broker.approval.Approvals.Approved;
import io.errand.broker.caller.Caller;
import io.errand.broker.caller.GrantStep;
import io.errand.broker.caller.Refusal;
import io.errand.broker.lease.Leases;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Checks before a grant changes anything, in its transaction: an earlier grant with the same Idempotency-Key, and the caps on
 * leases.
 */
@Component
class GrantAdmission {

    private final Leases leases;
    private final Idempotency idempotency;

    GrantAdmission(Leases leases, Idempotency idempotency) {
        this.leases = leases;
        this.idempotency = idempotency;
    }

    /** What the key stands for. What people approved and an operator revoked does not come again by a retry. */
    GrantStep<Idempotency.Earlier> earlier(Optional<String> key, String hash, Optional<Approved> approval) {
        Idempotency.Earlier earlier = key.map(k -> idempotency.look(k, hash)).orElseGet(Idempotency.Earlier.None::new);
        return approval.isPresent()
                        && earlier instanceof Idempotency.Earlier.Same(UUID task, List<UUID> made)
                        && leases.anyRevokedByOperator(made)
                ? GrantStep.stop(
                        Refusal.invalidGrant("approval_revoked", "an operator revoked what the approval was used for"))
                : GrantStep.pass(earlier);
    }

    /** Before anything is changed: a refusal has one effect, its event (P4). */
    GrantStep<Leases.Room> room(Caller caller, int wanted, Idempotency.Earlier earlier) {
        int most = caller.agent().maxLiveLeases();
        List<UUID> instead =
                earlier instanceof Idempotency.Earlier.Same(UUID first, List<UUID> made) ? made : List.of();
        return switch (leases.room(caller.agent().name(), most, wanted, instead)) {
            case ENOUGH -> GrantStep.pass(Leases.Room.ENOUGH);
            case AGENT_FULL ->
                GrantStep.stop(Refusal.full(
                        "agent_lease_cap",
                        "This agent has as many live leases as its max_live_leases allows (" + most
                                + "); end tasks, or return leases, and try again."));
            case AGENT_UNRESOLVED ->
                GrantStep.stop(Refusal.full(
                        "agent_unresolved_cap",
                        "Too many of this agent's leases left something at their targets that only an administrator can"
                                + " remove; see the findings of kind 'disabled'."));
            case ALL_FULL ->
                GrantStep.stop(Refusal.full(
                        "global_lease_cap",
                        "This deployment has as many live leases as errand.lease.max-live allows; try again later."));
        };
    }
}
