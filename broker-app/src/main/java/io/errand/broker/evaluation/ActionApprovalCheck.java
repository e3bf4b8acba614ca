package io.errand.broker.evaluation;

import io.errand.api.ApprovalView.Need;
import io.errand.api.EvaluationAnswer;
import io.errand.api.Fingerprint;
import io.errand.broker.approval.ActionApprovalRequest;
import io.errand.broker.approval.ActionApprovals;
import io.errand.broker.approval.ActionApprovals.Consent;
import io.errand.broker.approval.Approvals.Ticket;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.shared.ErrandProperties;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** What a person must say before an action is permitted. */
@Component
class ActionApprovalCheck {

    private final ActionApprovals actionApprovals;
    private final String issuer;

    ActionApprovalCheck(ActionApprovals actionApprovals, ErrandProperties errand) {
        this.actionApprovals = actionApprovals;
        this.issuer = errand.issuer();
    }

    /** Somebody has said yes to exactly this, or it is not permitted now. */
    sealed interface Answer {

        record Given(UUID approval) implements Answer {}

        record Not(ActionDecision actionDecision) implements Answer {}
    }

    /**
     * An action that is permitted once {@code needs} are met.
     *
     * @param permit what policy says then
     * @param isDrifted whether the agent is not made of what its task began with
     */
    record Act(
            EvaluationRequest evaluationRequest,
            EvaluationItem.ParsedEvaluation good,
            EvaluationContext of,
            List<Need> needs,
            PolicyDecision.Permit permit,
            Optional<UUID> breakGlass,
            boolean isDrifted) {

        ActionApprovalRequest deed() {
            Fingerprint now = isDrifted ? good.fingerprint().orElse(null) : null;
            return new ActionApprovalRequest(
                    of.agent(),
                    of.task(),
                    of.declared(),
                    new ActionApprovalRequest.Use(
                            of.tool(),
                            good.action(),
                            of.kind(good.action()),
                            good.properties("action"),
                            good.properties("resource"),
                            good.digest(),
                            now,
                            permit.policies(),
                            breakGlass.orElse(null)),
                    needs);
        }

        /** Also the sentence of those who may permit it. */
        List<String> groups() {
            return needs.stream().map(Need::group).toList();
        }

        AuditEvent event() {
            return AuditEvent.of("approval.requested")
                    .by(evaluationRequest.askedBy())
                    .agent(of.agent().name())
                    .task(of.task().id())
                    .decision(evaluationRequest.id())
                    .with("tool", of.tool().name())
                    .with("action", good.action());
        }
    }

    Answer about(Act act) {
        return switch (actionApprovals.to(act.deed(), act.good().isAsking(), act.event())) {
            case Consent.Given(UUID id) -> new Answer.Given(id);
            case Consent.Waiting(Ticket ticket) -> waiting(act, approval(act, ticket));
            case Consent.Open(String digest) ->
                waiting(act, new EvaluationAnswer.Approval(null, null, digest, null, act.groups()));
            case Consent.Denied(UUID id) ->
                new Answer.Not(ActionDecision.deny(
                                act.evaluationRequest(),
                                "approval_denied",
                                List.of("A person denied exactly this."),
                                act.permit().policies())
                        .noting("approval", id.toString()));
            case Consent.TooMany(int most) ->
                deny(
                        act,
                        "approval_cap",
                        "A person must approve this first, and this agent has " + most
                                + " requests that wait already; wait until some are decided.");
            case Consent.NotCanonical() ->
                deny(
                        act,
                        "not_canonical",
                        "A person must approve this first, and it has a number that a double does not hold exactly;"
                                + " send it as text, so that people approve what they see.");
        };
    }

    private static Answer waiting(Act act, EvaluationAnswer.Approval approval) {
        String reason = act.isDrifted() ? "fingerprint_changed" : "approval_required";
        return new Answer.Not(ActionDecision.defer(
                act.evaluationRequest(), reason, approval, act.permit().policies()));
    }

    private static Answer deny(Act act, String reason, String sentence) {
        return new Answer.Not(ActionDecision.deny(
                act.evaluationRequest(), reason, List.of(sentence), act.permit().policies()));
    }

    private EvaluationAnswer.Approval approval(Act act, Ticket ticket) {
        return new EvaluationAnswer.Approval(
                ticket.id().toString(),
                issuer + "/admin/v1/approvals/" + ticket.id(),
                ticket.digest(),
                ticket.expiresAt(),
                act.groups());
    }
}
