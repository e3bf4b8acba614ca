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
record Verdict(
        Matter matter,
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

    static Verdict permit(Matter matter, String kind, List<String> policies, List<EvaluationAnswer.Obligation> must) {
        return new Verdict(
                matter, Effect.PERMIT, kind, null, List.of(), policies, must, null, List.of(), List.of(), Map.of());
    }

    static Verdict deny(Matter matter, String reason, String sentence) {
        return deny(matter, reason, List.of(sentence), List.of());
    }

    static Verdict deny(Matter matter, String reason, List<String> sentences, List<String> policies) {
        return new Verdict(
                matter,
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

    static Verdict defer(Matter matter, String reason, EvaluationAnswer.Approval approval, List<String> policies) {
        Verdict verdict = new Verdict(
                matter,
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
        return approval.id() == null ? verdict : verdict.noting("approval", approval.id());
    }

    boolean isPermit() {
        return effect == Effect.PERMIT;
    }

    Verdict in(Collection<String> session) {
        return with(session, revoked, noted);
    }

    Verdict revoking(List<UUID> leases) {
        return with(labels, leases, noted);
    }

    Verdict noting(String name, String value) {
        Map<String, String> more = new TreeMap<>(noted);
        more.put(name, value);
        return with(labels, revoked, more);
    }

    private Verdict with(Collection<String> session, List<UUID> leases, Map<String, String> notes) {
        return new Verdict(
                matter, effect, kind, reason, sentences, policies, obligations, approval, session, leases, notes);
    }

    @Nullable
    String tool() {
        return matter.item() instanceof Item.Good good && good.resource().type().equals("tool")
                ? good.resource().id()
                : null;
    }

    @Nullable
    String action() {
        return matter.item() instanceof Item.Good good ? good.action() : null;
    }

    EvaluationAnswer answer() {
        return new EvaluationAnswer(
                isPermit(),
                new EvaluationAnswer.Context(
                        matter.id().toString(),
                        sentences,
                        obligations,
                        labels.stream().sorted().toList(),
                        approval,
                        revoked.isEmpty()
                                ? null
                                : revoked.stream().map(UUID::toString).toList(),
                        matter.item() instanceof Item.Bad(String message)
                                ? new EvaluationAnswer.Fault(400, message)
                                : null));
    }

    /** What came of a permit that is about no task will never be told: that is said at once. */
    @Nullable
    String outcome() {
        return isPermit() && matter.isOpen() ? "unknown" : null;
    }

    AuditEvent event() {
        AuditEvent event = AuditEvent.of(
                        switch (effect) {
                            case PERMIT -> "evaluation.permitted";
                            case DENY -> "evaluation.denied";
                            case DEFER -> "evaluation.deferred";
                        })
                .by(matter.askedBy())
                .agent(matter.task().map(Task::agent).orElse(null))
                .task(matter.task().map(Task::id).orElse(null))
                .decision(matter.id())
                .outcome(effect.word())
                .with("on_behalf_of", matter.task().flatMap(Task::onBehalfOf).orElse(null))
                .with("closed", outcome())
                .with("reason", reason)
                .with("policies", policies)
                .with(
                        "labels",
                        labels.isEmpty() ? null : labels.stream().sorted().toList());
        for (Map.Entry<String, String> note : noted.entrySet()) {
            event = event.with(note.getKey(), note.getValue());
        }
        if (matter.item() instanceof Item.Good good) {
            event = event.with(
                            "subject",
                            matter.isOpen()
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
