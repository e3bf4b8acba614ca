package io.errand.broker.evaluation;

import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.policy.PolicySnapshot;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Answers of external decision points for one batch. They are asked while no transaction is open: the batch is decided as if
 * they agreed, rolled back, and decided again with their answers. Not thread-safe.
 */
final class ExternalDecisions implements PolicySnapshot {

    private final Instant moment;
    private final Map<PolicyRequest, PolicyDecision> heard = new HashMap<>();
    private final Set<PolicyRequest> unheard = new LinkedHashSet<>();
    private @Nullable PolicySnapshot book;

    /** @param moment at which everything is asked, however long it takes: otherwise no question would be asked twice */
    ExternalDecisions(Instant moment) {
        this.moment = moment;
    }

    Instant moment() {
        return moment;
    }

    /** Goes by what is in force now; what was heard under anything else counts no more. */
    PolicySnapshot by(PolicySnapshot now) {
        if (!now.equals(book)) {
            heard.clear();
            book = now;
        }
        unheard.clear();
        return this;
    }

    @Override
    public PolicyDecision decide(PolicyRequest policyRequest) {
        PolicyDecision known = heard.get(policyRequest);
        if (known != null) {
            return known;
        }
        PolicyDecision proposed = inForce().proposed(policyRequest);
        if (inForce().isSlow() && !(proposed instanceof PolicyDecision.Deny)) {
            unheard.add(policyRequest);
        }
        return proposed;
    }

    /** Whether nothing was decided that is still to be agreed to. */
    boolean isOver() {
        return unheard.isEmpty();
    }

    /** Takes as long as it takes. */
    void ask() {
        unheard.forEach(policyRequest -> heard.put(policyRequest, inForce().decide(policyRequest)));
        unheard.clear();
    }

    private PolicySnapshot inForce() {
        PolicySnapshot now = book;
        if (now == null) {
            throw new IllegalStateException("nothing is in force yet");
        }
        return now;
    }
}
