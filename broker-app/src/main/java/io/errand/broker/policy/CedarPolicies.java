package io.errand.broker.policy;

import io.errand.broker.policy.ActiveRules.InForce;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/** Decides with Cedar, in process, by the policies in force. */
@Component
class CedarPolicies implements Policies {

    private static final Logger LOG = LoggerFactory.getLogger(CedarPolicies.class);

    private final ActiveRules active;
    private final Judge judge;

    CedarPolicies(ActiveRules active, Judge judge) {
        this.active = active;
        this.judge = judge;
    }

    @Override
    public Ruling decide(Question question) {
        try {
            return switch (active.now()) {
                case InForce.Broken broken -> denied("policy_error");
                case InForce.Parsed(var versions, PolicyIndex policies) ->
                    judge.rule(question, policies.slice(question));
            };
        } catch (DataAccessException e) {
            LOG.error("The policies cannot be read", e);
            return denied(Ruling.Deny.UNAVAILABLE);
        } catch (RuntimeException | LinkageError e) {
            LOG.error("No decision could be made", e);
            return denied("policy_error");
        }
    }

    private static Ruling denied(String reason) {
        return new Ruling.Deny(List.of(), reason, List.of(), List.of());
    }
}
