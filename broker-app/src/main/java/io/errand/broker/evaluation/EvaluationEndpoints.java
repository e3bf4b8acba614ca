package io.errand.broker.evaluation;

import io.errand.api.EvaluationAnswer;
import io.errand.api.EvaluationsAnswer;
import io.errand.broker.evaluation.Evaluations.Asker;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.Authentication;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/**
 * {@code POST /access/v1/evaluation} and {@code /access/v1/evaluations} (AuthZEN Authorization API 1.0 §6 and §7). The bearer is a
 * task's own token, or a gateway's with {@code errand.pep}.
 */
@RestController
@RequestMapping("/access/v1")
class EvaluationEndpoints {

    private static final int MAX_ITEMS = 100;

    private final Evaluations evaluations;

    EvaluationEndpoints(Evaluations evaluations) {
        this.evaluations = evaluations;
    }

    @PostMapping("/evaluation")
    ResponseEntity<Object> one(@RequestBody JsonNode request, Authentication caller) {
        return EvaluationPayload.isStorable(request) ? one(request, asker(caller)) : notText();
    }

    @PostMapping("/evaluations")
    ResponseEntity<Object> many(@RequestBody JsonNode request, Authentication caller) {
        if (!EvaluationPayload.isStorable(request)) {
            return notText();
        }
        JsonNode items = request.path("evaluations");
        if (request.has("evaluations") && !items.isArray()) {
            return bad("evaluations must be a list.");
        }
        JsonNode options = request.path("options");
        JsonNode word = options.path("evaluations_semantic");
        if ((request.has("options") && !options.isObject())
                || (options.has("evaluations_semantic") && !word.isString())) {
            return bad("options must be an object, and its evaluations_semantic text.");
        }
        Optional<EvaluationsSemantic> evaluationsSemantic = word.isString()
                ? EvaluationsSemantic.of(word.asString())
                : Optional.of(EvaluationsSemantic.EXECUTE_ALL);
        if (evaluationsSemantic.isEmpty()) {
            return bad(
                    "evaluations_semantic is execute_all, deny_on_first_deny or permit_on_first_permit; absent: the first.");
        }
        if (items.isEmpty()) {
            return one(request, asker(caller));
        }
        return items.size() > MAX_ITEMS
                ? bad("evaluations has at most " + MAX_ITEMS + " items; send several requests.")
                : batch(request, items, evaluationsSemantic.get(), asker(caller));
    }

    private ResponseEntity<Object> one(JsonNode request, Asker asker) {
        EvaluationItem evaluationItem =
                EvaluationPayload.item(request, asker.own().isEmpty());
        return evaluationItem instanceof EvaluationItem.InvalidEvaluation(String message)
                ? bad(message)
                : switch (evaluations.decide(asker, List.of(evaluationItem), EvaluationsSemantic.EXECUTE_ALL)) {
                    case Result.Refused<List<EvaluationAnswer>>(Problem problem) -> problem.response();
                    case Result.Ok<List<EvaluationAnswer>>(List<EvaluationAnswer> answers) -> ok(answers.getFirst());
                };
    }

    private ResponseEntity<Object> batch(
            JsonNode defaults, JsonNode items, EvaluationsSemantic evaluationsSemantic, Asker asker) {
        List<EvaluationItem> read = new ArrayList<>();
        for (JsonNode evaluationItem : items.values()) {
            read.add(EvaluationPayload.item(
                    evaluationItem.isObject() ? EvaluationPayload.merged(defaults, evaluationItem) : evaluationItem,
                    asker.own().isEmpty()));
        }
        return switch (evaluations.decide(asker, read, evaluationsSemantic)) {
            case Result.Refused<List<EvaluationAnswer>>(Problem problem) -> problem.response();
            case Result.Ok<List<EvaluationAnswer>>(List<EvaluationAnswer> answers) ->
                ok(new EvaluationsAnswer(answers));
        };
    }

    /** The principal is the task whose token was shown, or the name of a gateway. */
    static Asker asker(Authentication caller) {
        return caller.getPrincipal() instanceof Task task
                ? new Asker("agent:" + task.agent(), Optional.of(task))
                : new Asker(caller.getName(), Optional.empty());
    }

    private static ResponseEntity<Object> ok(Object answer) {
        return ResponseEntity.ok().header(HttpHeaders.CACHE_CONTROL, "no-store").body(answer);
    }

    private static ResponseEntity<Object> notText() {
        return bad("A NUL character or half of a surrogate pair is not text.");
    }

    private static ResponseEntity<Object> bad(String detail) {
        return Problem.badRequest(detail).response();
    }
}
