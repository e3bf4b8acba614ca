package io.errand.broker.evaluation;

import io.errand.api.EvaluationAnswer;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.task.Task;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A decision that was made.
 *
 * @param kind of the action; null: not known
 * @param reason a stable name, for the audit log; null for a permit
 * @param sentences for the caller
 * @param approval that would permit it; null: none
 * @param labels that the session has now
 * @param revoked leases that ended with it
 * @param noted what the audit log says beside this: the approval or the break-glass that it needed
 */
record ActionDecision(
        EvaluationRequest evaluationRequest,
        Effect effect,
        @Nullable String kind,
        @Nullable String reason,
        List<String> sentences,
        List<String> policies,
        List<EvaluationAnswer.Obligation> obligations,
        EvaluationAnswer.@Nullable Approval approval,
        Collection<String> labels,
        List<UUID> revoked,
        Map<String, String> noted) {

    enum Effect {
        PERMIT,
        DENY,
        DEFER;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static ActionDecision permit(
            EvaluationRequest evaluationRequest,
            String kind,
            List<String> policies,
            List<EvaluationAnswer.Obligation> must) {
        return new ActionDecision(
                evaluationRequest,
                Effect.PERMIT,
                kind,
                null,
                List.of(),
                policies,
                must,
                null,
                List.of(),
                List.of(),
                Map.of());
    }

    static ActionDecision deny(EvaluationRequest evaluationRequest, String reason, String sentence) {
        return deny(evaluationRequest, reason, List.of(sentence), List.of());
    }

    static ActionDecision deny(
            EvaluationRequest evaluationRequest, String reason, List<String> sentences, List<String> policies) {
        return new ActionDecision(
                evaluationRequest,
                Effect.DENY,
                null,
                reason,
                sentences,
                policies,
                List.of(),
                null,
                List.of(),
                List.of(),
                Map.of());
    }

    static ActionDecision defer(
            EvaluationRequest evaluationRequest,
            String reason,
            EvaluationAnswer.Approval approval,
            List<String> policies) {
        ActionDecision actionDecision = new ActionDecision(
                evaluationRequest,
                Effect.DEFER,
                null,
                reason,
                List.of("A person must approve this first: " + String.join(", ", approval.groups()) + "."),
                policies,
                List.of(),
                approval,
                List.of(),
                List.of(),
                Map.of());
        return approval.id() == null ? actionDecision : actionDecision.noting("approval", approval.id());
    }

    boolean isPermit() {
        return effect == Effect.PERMIT;
    }

    ActionDecision in(Collection<String> session) {
        return with(session, revoked, noted);
    }

    ActionDecision revoking(List<UUID> leases) {
        return with(labels, leases, noted);
    }

    ActionDecision noting(String name, String value) {
        Map<String, String> more = new TreeMap<>(noted);
        more.put(name, value);
        return with(labels, revoked, more);
    }

    private ActionDecision with(Collection<String> session, List<UUID> leases, Map<String, String> notes) {
        return new ActionDecision(
                evaluationRequest,
                effect,
                kind,
                reason,
                sentences,
                policies,
                obligations,
                approval,
                session,
                leases,
                notes);
    }

    @Nullable
    String tool() {
        return evaluationRequest.evaluationItem() instanceof EvaluationItem.ParsedEvaluation good
                        && good.resource().type().equals("tool")
                ? good.resource().id()
                : null;
    }

    @Nullable
    String action() {
        return evaluationRequest.evaluationItem() instanceof EvaluationItem.ParsedEvaluation good
                ? good.action()
                : null;
    }

    EvaluationAnswer answer() {
        return new EvaluationAnswer(
                isPermit(),
                new EvaluationAnswer.Context(
                        evaluationRequest.id().toString(),
                        sentences,
                        obligations,
                        labels.stream().sorted().toList(),
                        approval,
                        revoked.isEmpty()
                                ? null
                                : revoked.stream().map(UUID::toString).toList(),
                        evaluationRequest.evaluationItem() instanceof EvaluationItem.InvalidEvaluation(String message)
                                ? new EvaluationAnswer.Fault(400, message)
                                : null));
    }

    /** What came of a permit that is about no task will never be told: that is said at once. */
    @Nullable
    String outcome() {
        return isPermit() && evaluationRequest.isOpen() ? "unknown" : null;
    }

    AuditEvent event() {
        AuditEvent event = AuditEvent.of(
                        switch (effect) {
                            case PERMIT -> "evaluation.permitted";
                            case DENY -> "evaluation.denied";
                            case DEFER -> "evaluation.deferred";
                        })
                .by(evaluationRequest.askedBy())
                .agent(evaluationRequest.task().map(Task::agent).orElse(null))
                .task(evaluationRequest.task().map(Task::id).orElse(null))
                .decision(evaluationRequest.id())
                .outcome(effect.word())
                .with(
                        "on_behalf_of",
                        evaluationRequest.task().flatMap(Task::onBehalfOf).orElse(null))
                .with("closed", outcome())
                .with("reason", reason)
                .with("policies", policies)
                .with(
                        "labels",
                        labels.isEmpty() ? null : labels.stream().sorted().toList());
        for (Map.Entry<String, String> note : noted.entrySet()) {
            event = event.with(note.getKey(), note.getValue());
        }
        if (evaluationRequest.evaluationItem() instanceof EvaluationItem.ParsedEvaluation good) {
            event = event.with(
                            "subject",
                            evaluationRequest.isOpen()
                                    ? good.subject()
                                            .map(of -> of.type() + ":" + of.id())
                                            .orElse(null)
                                    : null)
                    .with(
                            "resource",
                            good.resource().type() + ":" + good.resource().id())
                    .with("action", good.action())
                    .with("arguments_sha256", good.digest());
        }
        return revoked.isEmpty()
                ? event
                : event.with("revoked", revoked.stream().map(UUID::toString).toList());
    }
}
