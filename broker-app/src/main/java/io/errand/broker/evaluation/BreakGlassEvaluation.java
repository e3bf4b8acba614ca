package io.errand.broker.evaluation;

import io.errand.broker.approval.BreakGlass;
import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.policy.PolicySnapshot;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Asks policy, and asks again without the denials that an active break-glass lifts, if that makes a difference. */
@Component
class BreakGlassEvaluation {

    private final BreakGlass breakGlass;

    BreakGlassEvaluation(BreakGlass breakGlass) {
        this.breakGlass = breakGlass;
    }

    /** A ruling, and the break-glass without which it would be another. */
    record Ruled(PolicyDecision policyDecision, Optional<UUID> breakGlass) {}

    /** A break-glass that counts is held until the decision is committed. */
    Ruled rule(PolicyRequest policyRequest, EvaluationContext of, PolicySnapshot book) {
        BreakGlass.Ruled ruled = breakGlass.rule(
                policyRequest, of.task().id(), book, id -> breakGlass.hold(id).isPresent());
        return new Ruled(ruled.policyDecision(), ruled.breakGlass());
    }

    /** Every use of one is on record by itself. */
    void note(UUID id, PolicyDecision.Permit permit, EvaluationRequest evaluationRequest, EvaluationContext of) {
        List<String> lifted = permit.lifted();
        breakGlass.used(new BreakGlass.Use(
                id,
                evaluationRequest.id(),
                of.agent().name(),
                of.task().id(),
                null,
                of.tool().name(),
                lifted));
    }
}
