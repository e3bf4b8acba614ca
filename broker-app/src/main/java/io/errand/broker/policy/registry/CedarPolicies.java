package io.errand.broker.policy.registry;

import io.errand.broker.database.CurrentTransaction;
import io.errand.broker.policy.Policies;
import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.policy.PolicySnapshot;
import io.errand.broker.policy.cedar.CedarEvaluator;
import io.errand.broker.policy.cedar.PolicyIndex;
import io.errand.broker.policy.pdp.DecisionPoints;
import io.errand.broker.policy.registry.ActiveRules.InForce;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/** Decides with Cedar, in process, by the policies in force, and with the external decision points that these name. */
@Component
class CedarPolicies implements Policies {

    private static final Logger LOG = LoggerFactory.getLogger(CedarPolicies.class);

    private final ActiveRules active;
    private final CedarEvaluator cedarEvaluator;
    private final DecisionPoints points;
    private final CurrentTransaction transaction;

    CedarPolicies(
            ActiveRules active, CedarEvaluator cedarEvaluator, DecisionPoints points, CurrentTransaction transaction) {
        this.transaction = transaction;
        this.active = active;
        this.cedarEvaluator = cedarEvaluator;
        this.points = points;
    }

    @Override
    public PolicySnapshot inForce() {
        try {
            return new Book(active.now());
        } catch (DataAccessException e) {
            LOG.error("The policies cannot be read", e);
            return policyRequest -> denied(PolicyDecision.Deny.UNAVAILABLE);
        } catch (RuntimeException | LinkageError e) {
            LOG.error("The policies cannot be put together", e);
            return policyRequest -> denied("policy_error");
        }
    }

    @Override
    public boolean isInForce(PolicySnapshot book) {
        return book instanceof Book known
                && (transaction.isUnchanged() || known.now.versions().equals(active.versions()));
    }

    private final class Book implements PolicySnapshot {

        private final InForce now;

        Book(InForce now) {
            this.now = now;
        }

        @Override
        public PolicyDecision decide(PolicyRequest policyRequest) {
            return CedarPolicies.this.decide(policyRequest, now, true);
        }

        @Override
        public PolicyDecision proposed(PolicyRequest policyRequest) {
            return CedarPolicies.this.decide(policyRequest, now, false);
        }

        @Override
        public boolean isSlow() {
            return now instanceof InForce.Parsed parsed && !parsed.points().isEmpty();
        }

        @Override
        public boolean canBeLifted(String agent, String tool) {
            return !(now instanceof InForce.Parsed parsed) || parsed.policies().hasLiftable(agent, tool);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Book book && now.versions().equals(book.now.versions());
        }

        @Override
        public int hashCode() {
            return now.versions().hashCode();
        }
    }

    private PolicyDecision decide(PolicyRequest policyRequest, InForce now, boolean isConfirmed) {
        try {
            return switch (now) {
                case InForce.Broken broken -> denied("policy_error");
                case InForce.Parsed(var versions, PolicyIndex policies, List<DecisionPoints.Asked> asked) -> {
                    PolicyDecision policyDecision = cedarEvaluator.rule(policyRequest, policies.slice(policyRequest));
                    yield isConfirmed ? points.confirm(policyDecision, policyRequest, asked) : policyDecision;
                }
            };
        } catch (RuntimeException | LinkageError e) {
            LOG.error("No decision could be made", e);
            return denied("policy_error");
        }
    }

    private static PolicyDecision denied(String reason) {
        return new PolicyDecision.Deny(List.of(), reason, List.of(), List.of());
    }
}
