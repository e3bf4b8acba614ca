package io.errand.broker.delegation;

import io.errand.api.DelegationRequest;
import io.errand.api.DelegationResponse;
import io.errand.broker.caller.Refusal;
import io.errand.broker.caller.TaskAuthentication;
import io.errand.broker.caller.TaskParameter;
import io.errand.broker.shared.Names;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.task.Task;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code POST /v1/tasks/{id}/delegations}, for the task whose token is shown. */
@RestController
@RequestMapping("/v1/tasks/{id}/delegations")
class DelegationEndpoint {

    private static final Duration LONGEST = Duration.ofDays(1);

    private final DelegationService delegationService;

    DelegationEndpoint(DelegationService delegationService) {
        this.delegationService = delegationService;
    }

    @Answers(
            value = DelegationResponse.class,
            status = 201,
            refusals = {403, 429})
    @PostMapping
    ResponseEntity<Object> delegate(
            @PathVariable String id, @RequestBody DelegationRequest request, TaskAuthentication caller) {
        Task task = caller.task();
        if (!task.id().toString().equals(id)) {
            return Problem.notFound("There is no such task for this token.").response();
        }
        if (task.state() != Task.State.ACTIVE) {
            return Problem.conflict("The task is " + task.state().word() + " already.")
                    .with("state", task.state().word())
                    .response();
        }
        return wrong(request).map(Problem::response).orElseGet(() -> response(delegationService.hand(task, request)));
    }

    private static Optional<Problem> wrong(DelegationRequest request) {
        String agent = request.agent();
        if (agent == null || Names.check(agent).isPresent()) {
            return Optional.of(Problem.invalidMember("agent", "agent is the name of an agent. " + Names.RULE));
        }
        Duration ttl = request.ttl();
        if (ttl != null && (ttl.compareTo(Duration.ofSeconds(1)) < 0 || ttl.compareTo(LONGEST) > 0)) {
            return Optional.of(Problem.invalidMember("ttl", "ttl is a duration from PT1S to P1D."));
        }
        if (request.purpose() != null && !TaskParameter.isPurpose(request.purpose())) {
            return Optional.of(Problem.invalidMember(
                    "purpose", "purpose has at most 4096 bytes of text and no control characters."));
        }
        return Optional.empty();
    }

    private static ResponseEntity<Object> response(DelegationService.Answer answer) {
        return switch (answer) {
            case DelegationService.Answer.Made made ->
                ResponseEntity.status(HttpStatus.CREATED)
                        .cacheControl(CacheControl.noStore())
                        .body(made.response());
            case DelegationService.Answer.Refused(Refusal refusal, UUID decision) -> refused(refusal, decision);
        };
    }

    private static ResponseEntity<Object> refused(Refusal refusal, UUID decision) {
        HttpStatus status = refusal.code().equals("access_denied") ? HttpStatus.FORBIDDEN : refusal.status();
        HttpHeaders headers = new HttpHeaders();
        if (refusal.retryAfter() != null) {
            headers.set(
                    HttpHeaders.RETRY_AFTER, Long.toString(refusal.retryAfter().toSeconds()));
        }
        return ResponseEntity.status(status)
                .headers(headers)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(new Problem(status, refusal.code().replace('_', '-'), refusal.description(), Map.of())
                        .with("decision_id", decision.toString())
                        .body());
    }
}
