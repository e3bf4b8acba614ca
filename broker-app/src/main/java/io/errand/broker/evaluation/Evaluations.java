package io.errand.broker.evaluation;

import io.errand.api.EvaluationAnswer;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** From items that were read to answers that are on record. */
@Component
class Evaluations {

    private static final Problem BUSY = new Problem(
            HttpStatus.SERVICE_UNAVAILABLE,
            "unavailable",
            "No decision could be recorded in time, so nothing is permitted; try again.",
            Map.of());

    private final Tasks tasks;
    private final GroupCommitWriter groupCommitWriter;
    private final EvaluationProperties settings;

    Evaluations(Tasks tasks, GroupCommitWriter groupCommitWriter, EvaluationProperties settings) {
        this.tasks = tasks;
        this.groupCommitWriter = groupCommitWriter;
        this.settings = settings;
    }

    /**
     * Who shows the token.
     *
     * @param own the task whose token it is; empty: a gateway, which may ask about any
     */
    record Asker(String name, Optional<Task> own) {}

    Result<List<EvaluationAnswer>> decide(
            Asker asker, List<EvaluationItem> items, EvaluationsSemantic evaluationsSemantic) {
        Map<String, Optional<Task>> found = new HashMap<>();
        EvaluationBatch evaluationBatch = new EvaluationBatch(
                items.stream()
                        .map(evaluationItem -> EvaluationRequest.of(
                                asker.name(),
                                evaluationItem,
                                subject(asker, evaluationItem, found),
                                isOpen(asker, evaluationItem)))
                        .toList(),
                evaluationsSemantic);
        if (!groupCommitWriter.submit(evaluationBatch)) {
            return Result.refused(BUSY);
        }
        try {
            return Result.ok(evaluationBatch.answer().get(settings.timeout().toMillis(), TimeUnit.MILLISECONDS).stream()
                    .map(ActionDecision::answer)
                    .toList());
        } catch (TimeoutException e) {
            evaluationBatch.abandon();
            return Result.refused(BUSY);
        } catch (ExecutionException e) {
            return Result.refused(BUSY);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Result.refused(BUSY);
        }
    }

    private static boolean isOpen(Asker asker, EvaluationItem evaluationItem) {
        return asker.own().isEmpty()
                && evaluationItem instanceof EvaluationItem.ParsedEvaluation good
                && good.subject().filter(named -> !named.type().equals("task")).isPresent();
    }

    private Optional<Task> subject(Asker asker, EvaluationItem evaluationItem, Map<String, Optional<Task>> found) {
        if (!(evaluationItem instanceof EvaluationItem.ParsedEvaluation good)) {
            return asker.own();
        }
        if (good.subject().isEmpty()) {
            return asker.own();
        }
        EvaluationItem.Entity named = good.subject().get();
        if (!named.type().equals("task")) {
            return Optional.empty();
        }
        return asker.own().isPresent()
                ? asker.own().filter(task -> task.id().toString().equals(named.id()))
                : found.computeIfAbsent(named.id(), id -> Ids.parse(id).flatMap(tasks::find));
    }
}
