package io.errand.broker.evaluation;

import io.errand.api.DecisionOutcome;
import io.errand.broker.evaluation.Evaluations.Asker;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.Authentication;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** {@code POST /v1/decisions/{id}/outcome}: what came of a permitted action, once. */
@RestController
class OutcomeEndpoint {

    private static final Set<String> OUTCOMES = Set.of("succeeded", "failed", "unknown");
    private static final int MAX_DETAIL = 1024;

    private final DecisionTable decisions;
    private final DecisionOutcomes decisionOutcomes;
    private final Tasks tasks;

    OutcomeEndpoint(DecisionTable decisions, DecisionOutcomes decisionOutcomes, Tasks tasks) {
        this.decisions = decisions;
        this.decisionOutcomes = decisionOutcomes;
        this.tasks = tasks;
    }

    @Answers(value = Void.class, status = 204, refusals = 403)
    @PostMapping("/v1/decisions/{id}/outcome")
    ResponseEntity<Object> close(@PathVariable String id, @RequestBody DecisionOutcome outcome, Authentication caller) {
        if (outcome.outcome() == null || !OUTCOMES.contains(outcome.outcome())) {
            return Problem.invalidMember("outcome", "outcome is succeeded, failed or unknown.")
                    .response();
        }
        if (outcome.detail() != null && outcome.detail().getBytes(StandardCharsets.UTF_8).length > MAX_DETAIL) {
            return Problem.invalidMember("detail", "detail has at most 1024 bytes of text.")
                    .response();
        }
        Asker asker = EvaluationEndpoints.asker(caller);
        Optional<DecisionTable.Standing> decision = Ids.parse(id).flatMap(decisions::find);
        Optional<Task> task = decision.flatMap(found -> tasks.find(found.task()))
                .filter(found ->
                        asker.own().map(own -> own.id().equals(found.id())).orElse(true));
        if (task.isEmpty()) {
            return Problem.notFound("There is no such decision for this token.").response();
        }
        DecisionTable.Standing found = decision.orElseThrow();
        if (!found.effect().equals("permit")) {
            return Problem.conflict("This was not permitted, so nothing can have come of it.")
                    .response();
        }
        String word = Objects.requireNonNull(outcome.outcome());
        return decisionOutcomes.close(found, task.get(), word, outcome.detail(), asker.name())
                ? ResponseEntity.noContent().build()
                : Problem.conflict("This decision is closed already; an outcome is told once.")
                        .response();
    }
}
