package io.errand.broker.grant;

import io.errand.api.AuthorizationDetail;
import io.errand.api.TokenResponse;
import io.errand.broker.caller.TaskTokens;
import io.errand.broker.caller.TokenRequest;
import io.errand.broker.identity.KeyBinding;
import io.errand.broker.identity.TokenType;
import io.errand.broker.lease.Leases;
import io.errand.broker.shared.Secret;
import io.errand.broker.task.Task;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** What a grant is answered with (RFC 8693 §2.2.1). */
@Component
class TokenResponses {

    private final TaskTokens taskTokens;
    private final Clock clock;

    TokenResponses(TaskTokens taskTokens, Clock clock) {
        this.taskTokens = taskTokens;
        this.clock = clock;
    }

    /** A standard client passes {@code access_token} on to the tool that it named, so that is what the tool takes. */
    TokenResponse of(
            TokenRequest request,
            Grants.Recorded grant,
            Optional<KeyBinding> binding,
            List<TokenResponse.Credential> credentials) {
        List<RequestedAccess> granted = PermittedAccess.wanted(grant.permitted());
        return ImplicitTasks.isOneCredential(request, granted)
                ? ofTool(request, grant, binding, credentials)
                : ofTask(grant, binding, credentials);
    }

    private TokenResponse ofTask(
            Grants.Recorded grant, Optional<KeyBinding> binding, List<TokenResponse.Credential> credentials) {
        Task task = grant.task();
        return new TokenResponse(
                taskTokens.sign(task, grant.granted(), binding),
                TokenType.ACCESS_TOKEN.urn(),
                tokenType(binding),
                until(task.expiresAt()),
                scope(grant.granted()),
                grant.granted(),
                inBrief(task),
                credentials,
                null);
    }

    private TokenResponse ofTool(
            TokenRequest request,
            Grants.Recorded grant,
            Optional<KeyBinding> binding,
            List<TokenResponse.Credential> credentials) {
        Task task = grant.task();
        TokenResponse.Credential credential = credentials.getFirst();
        return new TokenResponse(
                String.valueOf(credential.data().get("token")),
                request.issuedType().urn(),
                tokenType(binding),
                until(credential.expiresAt()),
                scope(grant.granted()),
                grant.granted(),
                inBrief(task),
                credentials,
                task.origin() == Task.Origin.IMPLICIT ? null : taskTokens.sign(task, grant.granted(), binding));
    }

    private static String tokenType(Optional<KeyBinding> binding) {
        return binding.map(KeyBinding::tokenType).orElse("Bearer");
    }

    private long until(Instant end) {
        return Math.max(0, Duration.between(clock.instant(), end).toSeconds());
    }

    private static String scope(List<AuthorizationDetail> granted) {
        return granted.stream()
                .flatMap(detail -> detail.actions().stream().map(action -> detail.identifier() + ":" + action))
                .collect(Collectors.joining(" "));
    }

    private static TokenResponse.Task inBrief(Task task) {
        return new TokenResponse.Task(
                task.id().toString(), task.type(), task.state().word(), task.expiresAt());
    }

    /** The one place where secrets leave the broker. */
    static TokenResponse.Credential credential(Leases.Issue.Live live) {
        Map<String, Object> data = new LinkedHashMap<>();
        live.data().forEach((name, value) -> data.put(name, value instanceof Secret secret ? secret.reveal() : value));
        Leases.Opened lease = live.lease();
        return new TokenResponse.Credential(
                lease.id().toString(),
                lease.tool().name(),
                lease.actions(),
                lease.tool().backend(),
                live.validUntil(),
                data);
    }
}
