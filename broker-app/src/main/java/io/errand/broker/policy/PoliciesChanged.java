package io.errand.broker.policy;

import org.jspecify.annotations.Nullable;

/**
 * What decisions depend on has changed: a policy set came into force or went out of it, a break-glass ended. Published in the
 * transaction of the change; live leases that it concerns are decided again, and those now refused are revoked.
 *
 * @param agent only this agent's leases; null: anybody's
 * @param tool only leases on this tool; null: on any
 * @param cause for the audit log, for example {@code policy quickstart@3 activated}
 * @param who made the change
 */
public record PoliciesChanged(
        @Nullable String agent, @Nullable String tool, String cause, String who) {}
