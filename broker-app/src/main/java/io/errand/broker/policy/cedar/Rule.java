package io.errand.broker.policy.cedar;

import com.cedarpolicy.model.Effect;
import io.errand.broker.policy.PolicyContext;
import io.errand.broker.policy.PolicyDecision;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the broker itself reads of one policy; the rest is Cedar's.
 *
 * @param id its {@code @id}, or {@code policy<n>} by its place in the set, from 0
 * @param approval who must approve; null: nobody
 * @param liftable a forbid that takes no part, or a permit that wants no approval, while break-glass is active
 * @param observe it is evaluated and reported, and has no effect
 */
public record Rule(
        String id,
        Effect effect,
        @Nullable Duration maxTtl,
        PolicyDecision.@Nullable Approval approval,
        boolean requireDpop,
        boolean liftable,
        boolean observe,
        @Nullable String reason) {

    boolean forbids() {
        return effect == Effect.FORBID;
    }

    /** Whether nobody need be asked any more. */
    boolean settled(PolicyContext policyContext) {
        return approval == null || policyContext.approvals().contains(approval.group());
    }

    /** Whether break-glass takes away what it asks for. */
    boolean lifted(PolicyContext policyContext) {
        return liftable && policyContext.breakGlass();
    }
}
