package io.errand.broker.reassessment;

import io.errand.api.LeaseView;
import io.errand.api.RenewalRequest;
import io.errand.broker.caller.Refusal;
import io.errand.broker.caller.TaskAuthentication;
import io.errand.broker.lease.Leases.Renewal;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Answers;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code POST /v1/leases/{id}/renew}, for the task whose token is shown. */
@RestController
@RequestMapping("/v1/leases/{id}/renew")
class RenewalEndpoint {

    private static final Duration LONGEST = Duration.ofDays(1);

    private final LeaseRenewal renewal;

    RenewalEndpoint(LeaseRenewal renewal) {
        this.renewal = renewal;
    }

    @Answers(value = LeaseView.class, refusals = 403)
    @PostMapping
    ResponseEntity<Object> renew(
            @PathVariable String id,
            @RequestBody(required = false) @Nullable RenewalRequest request,
            TaskAuthentication caller) {
        Duration ttl = request == null ? null : request.ttl();
        if (ttl != null && (ttl.compareTo(Duration.ofSeconds(1)) < 0 || ttl.compareTo(LONGEST) > 0)) {
            return Problem.invalidMember("ttl", "ttl is a duration from PT1S to P1D.")
                    .response();
        }
        Optional<UUID> lease = Ids.parse(id);
        Optional<LeaseRenewal.Answer> answer = lease.flatMap(known -> renewal.renew(known, ttl, caller));
        return answer.map(RenewalEndpoint::response)
                .orElseGet(() -> Problem.notFound("There is no such lease of this token's task.")
                        .response());
    }

    private static ResponseEntity<Object> response(LeaseRenewal.Answer answer) {
        return switch (answer) {
            case LeaseRenewal.Answer.Refused(Refusal refusal, UUID decision) ->
                new Problem(HttpStatus.FORBIDDEN, "access-denied", refusal.description(), Map.of())
                        .with("decision_id", decision.toString())
                        .response();
            case LeaseRenewal.Answer.Done(Renewal.Live(var lease)) -> ResponseEntity.ok(lease);
            case LeaseRenewal.Answer.Done(Renewal.NotExtendable(String reason)) ->
                Problem.conflict(reason).response();
            case LeaseRenewal.Answer.Done(Renewal.Ended()) ->
                Problem.conflict("The lease or its task has ended; exchange for a new one.")
                        .response();
            case LeaseRenewal.Answer.Done(Renewal.Unavailable(String cause, Duration after)) ->
                ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE)
                        .header(
                                HttpHeaders.RETRY_AFTER,
                                Long.toString(after == null ? 5 : Math.max(1, after.toSeconds())))
                        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                        .body(new Problem(
                                        HttpStatus.SERVICE_UNAVAILABLE,
                                        "target-unavailable",
                                        "The tool's target does not answer; the lease ends when it was to end. Try again after a while.",
                                        Map.of())
                                .body());
        };
    }
}
