package io.errand.broker.oauth;

import io.errand.api.AgentCeiling;
import io.errand.broker.caller.GrantStep;
import io.errand.broker.caller.Refusal;
import io.errand.broker.caller.WorkloadAuthentication;
import io.errand.broker.database.RegistryVersion;
import io.errand.broker.grant.AgentCeilings;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Answers;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code GET /v1/agent}: what may I have? For an agent, by its workload token. */
@RestController
class AgentCeilingEndpoint {

    private final WorkloadAuthentication authentication;
    private final AgentCeilings ceilings;
    private final RegistryVersion registryVersion;

    AgentCeilingEndpoint(
            WorkloadAuthentication authentication, AgentCeilings ceilings, RegistryVersion registryVersion) {
        this.authentication = authentication;
        this.ceilings = ceilings;
        this.registryVersion = registryVersion;
    }

    @Answers(
            value = AgentCeiling.class,
            refusals = {403, 429})
    @GetMapping("/v1/agent")
    ResponseEntity<Object> ceiling(HttpServletRequest request) {
        GrantStep<AgentCeiling> step =
                registryVersion.during(() -> authentication.of(request).map(caller -> ceilings.of(caller)));
        return switch (step) {
            case GrantStep.Passed<AgentCeiling>(AgentCeiling ceiling) ->
                ResponseEntity.ok()
                        .header(HttpHeaders.CACHE_CONTROL, "no-store")
                        .body(ceiling);
            case GrantStep.Stopped<AgentCeiling>(Refusal refusal) -> refused(refusal);
        };
    }

    /** One answer to all who do not show who they are: nobody learns which check failed, or who is registered. */
    private static ResponseEntity<Object> refused(Refusal refusal) {
        return switch (refusal.code()) {
            case "access_denied" ->
                new Problem(HttpStatus.FORBIDDEN, "access-denied", refusal.description(), Map.of()).response();
            case "temporarily_unavailable" ->
                ResponseEntity.status(refusal.status())
                        .header(HttpHeaders.RETRY_AFTER, "1")
                        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                        .body(new Problem(refusal.status(), "unavailable", refusal.description(), Map.of()).body());
            default ->
                ResponseEntity.status(HttpStatus.UNAUTHORIZED)
                        .header(
                                HttpHeaders.WWW_AUTHENTICATE,
                                refusal.code().equals("use_dpop_nonce")
                                        ? "DPoP error=\"use_dpop_nonce\""
                                        : "Bearer error=\"invalid_token\"")
                        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                        .body(new Problem(
                                        HttpStatus.UNAUTHORIZED,
                                        "unauthorized",
                                        "Show the agent's own workload token as a bearer token (RFC 6750).",
                                        Map.of())
                                .body());
        };
    }
}
