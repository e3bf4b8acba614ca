package io.errand.broker.evaluation;

import io.errand.broker.task.Sessions;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** The evaluations of one HTTP request, in order, and the future that receives the answer. Compared by identity. */
final class EvaluationBatch {

    private final List<EvaluationRequest> matters;
    private final EvaluationsSemantic evaluationsSemantic;
    private final Set<Sessions.Key> sessions;
    private final Set<UUID> parts;
    private final CompletableFuture<List<ActionDecision>> answer = new CompletableFuture<>();

    EvaluationBatch(List<EvaluationRequest> matters, EvaluationsSemantic evaluationsSemantic) {
        this.matters = List.copyOf(matters);
        this.evaluationsSemantic = evaluationsSemantic;
        this.sessions = matters.stream()
                .flatMap(matter -> matter.task().stream())
                .map(Sessions.Key::of)
                .collect(Collectors.toUnmodifiableSet());
        this.parts = sessions.stream().flatMap(key -> key.parts().stream()).collect(Collectors.toUnmodifiableSet());
    }

    List<EvaluationRequest> matters() {
        return matters;
    }

    EvaluationsSemantic semantic() {
        return evaluationsSemantic;
    }

    CompletableFuture<List<ActionDecision>> answer() {
        return answer;
    }

    /** Nobody waits for the answer any more; what is not decided yet need not be. */
    void abandon() {
        answer.cancel(false);
    }

    boolean isAbandoned() {
        return answer.isCancelled();
    }

    Set<Sessions.Key> sessions() {
        return sessions;
    }

    /** What its sessions are made of. */
    Set<UUID> parts() {
        return parts;
    }

    static List<BatchSnapshot.Asked> asked(List<EvaluationBatch> submissions) {
        return submissions.stream()
                .flatMap(submission -> submission.matters.stream())
                .flatMap(matter -> matter
                        .task()
                        .map(task -> new BatchSnapshot.Asked(
                                task,
                                matter.evaluationItem() instanceof EvaluationItem.ParsedEvaluation good
                                        ? good.resource().id()
                                        : ""))
                        .stream())
                .toList();
    }
}
