package io.errand.broker.exchange;

import io.errand.api.AuthorizationDetail;
import io.errand.api.DeferralResponse;
import io.errand.api.TokenResponse;
import io.errand.broker.audit.Audit;
import io.errand.broker.identity.KeyBinding;
import io.errand.broker.identity.Possession;
import io.errand.broker.identity.TokenType;
import io.errand.broker.lease.Leases;
import io.errand.broker.shared.RegistryVersion;
import io.errand.broker.shared.Secret;
import io.errand.broker.shared.tracing.Spans;
import io.errand.broker.task.Task;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.springframework.stereotype.Component;

/**
 * One exchange (RFC 8693) from top to bottom: identity, agent, task, access, policy, the grant on record, and then the credentials.
 */
@Component
class TokenExchange {

    /** In log lines, as in the answer. */
    static final String DECISION = "decision_id";

    private final CallerIdentification callerIdentification;
    private final AccessResolution accessResolution;
    private final PolicyCheck policyCheck;
    private final SessionMarks sessionMarks;
    private final Deferrals deferrals;
    private final Grants grants;
    private final Leases leases;
    private final Idempotency idempotency;
    private final TaskTokens taskTokens;
    private final RegistryVersion registryVersion;
    private final Audit audit;
    private final Spans spans;
    private final Clock clock;

    TokenExchange(
            CallerIdentification callerIdentification,
            AccessResolution accessResolution,
            PolicyCheck policyCheck,
            SessionMarks sessionMarks,
            Deferrals deferrals,
            Grants grants,
            Leases leases,
            Idempotency idempotency,
            TaskTokens taskTokens,
            RegistryVersion registryVersion,
            Audit audit,
            Spans spans,
            Clock clock) {
        this.callerIdentification = callerIdentification;
        this.accessResolution = accessResolution;
        this.policyCheck = policyCheck;
        this.sessionMarks = sessionMarks;
        this.deferrals = deferrals;
        this.grants = grants;
        this.leases = leases;
        this.idempotency = idempotency;
        this.taskTokens = taskTokens;
        this.registryVersion = registryVersion;
        this.audit = audit;
        this.spans = spans;
        this.clock = clock;
    }

    /** What a client is told. */
    sealed interface Answer {
        record Granted(TokenResponse response) implements Answer {}

        /** A person must decide first; the client polls. */
        record Waiting(DeferralResponse response) implements Answer {}

        record Refused(Refusal refusal, UUID decision) implements Answer {}
    }

    Answer exchange(Map<String, String[]> form, @Nullable String idempotencyKey, Possession possession) {
        return registryVersion.supposing(() -> asOfNow(form, idempotencyKey, possession));
    }

    private Answer asOfNow(Map<String, String[]> form, @Nullable String idempotencyKey, Possession possession) {
        DecisionTrace decisionTrace = begun();
        GrantStep<Answer> answer = TokenRequest.read(form, idempotencyKey)
                .then(request -> callerIdentification
                        .identify(request, possession, decisionTrace)
                        .then(caller -> RequestedTask.of(request, caller, clock.instant())
                                .then(requestedTask -> sessionMarks.undrifted(caller, requestedTask))
                                .then(requestedTask -> accessResolution
                                        .of(request, caller, requestedTask)
                                        .then(wanted -> policyCheck.of(wanted, caller, requestedTask, decisionTrace))
                                        .then(judged ->
                                                grant(request, caller, requestedTask, judged, decisionTrace)))));
        return answered(answer, decisionTrace);
    }

    /** What had to wait for a person, once it is approved: decided again, and granted once. */
    Answer collect(Map<String, String[]> form, @Nullable String idempotencyKey, Possession possession) {
        DecisionTrace decisionTrace = begun();
        GrantStep<Answer> answer = TokenRequest.readPoll(form, idempotencyKey)
                .then(poll -> TokenRequest.deferralCode(form)
                        .then(code -> callerIdentification
                                .identify(poll, possession, decisionTrace)
                                .then(caller -> deferrals.poll(code, caller, poll, decisionTrace))))
                .then(state -> switch (state) {
                    case Deferrals.State.Wait(DeferralResponse response) ->
                        GrantStep.pass(new Answer.Waiting(response));
                    case Deferrals.State.Ready ready -> granted(ready, decisionTrace);
                });
        return answered(answer, decisionTrace);
    }

    /** What is logged from here on, and the span of the exchange, name the decision. */
    private DecisionTrace begun() {
        DecisionTrace decisionTrace = new DecisionTrace();
        String decision = decisionTrace.decision().toString();
        MDC.put(DECISION, decision);
        spans.note("errand." + DECISION, decision);
        return decisionTrace;
    }

    private Answer answered(GrantStep<Answer> grantStep, DecisionTrace decisionTrace) {
        return switch (grantStep) {
            case GrantStep.Stopped<Answer>(Refusal refusal) -> refuse(refusal, decisionTrace);
            case GrantStep.Passed<Answer>(Answer answer) -> answer;
        };
    }

    private GrantStep<Answer> grant(
            TokenRequest request,
            Caller caller,
            RequestedTask requestedTask,
            PolicyCheck.Judged judged,
            DecisionTrace decisionTrace) {
        registryVersion.settle();
        if (!judged.needs().isEmpty()) {
            return deferrals
                    .ask(request, caller, requestedTask, judged, decisionTrace)
                    .then(response -> GrantStep.pass(new Answer.Waiting(response)));
        }
        return grants.record(request, caller, requestedTask, judged.permittedAccess(), Optional.empty(), decisionTrace)
                .then(recorded -> GrantStep.pass(make(recorded, caller.binding(), decisionTrace)));
    }

    private GrantStep<Answer> granted(Deferrals.State.Ready ready, DecisionTrace decisionTrace) {
        TokenRequest request = ready.request();
        Caller caller = ready.caller();
        return RequestedTask.of(request, caller, clock.instant())
                .then(requestedTask -> sessionMarks.undrifted(caller, requestedTask))
                .then(requestedTask -> accessResolution
                        .of(request, caller, requestedTask)
                        .then(wanted ->
                                policyCheck.again(wanted, caller, requestedTask, ready.approved(), decisionTrace))
                        .then(permitted -> deferrals.unchanged(ready, requestedTask, permitted))
                        .then(permitted -> grants.record(
                                request,
                                caller,
                                requestedTask,
                                permitted,
                                Optional.of(ready.approved()),
                                decisionTrace)))
                .then(recorded -> GrantStep.pass(make(recorded, caller.binding(), decisionTrace)));
    }

    /** A refusal that came up before or beside an exchange, for example in the form; its one effect is its event. */
    Answer.Refused refuse(Refusal refusal, DecisionTrace decisionTrace) {
        registryVersion.settle();
        audit.recordRefusal(decisionTrace.denied(refusal));
        return new Answer.Refused(refusal, decisionTrace.decision());
    }

    private Answer make(Grants.Recorded grant, Optional<KeyBinding> binding, DecisionTrace decisionTrace) {
        List<TokenResponse.Credential> credentials = new ArrayList<>();
        for (Leases.Opened lease : grant.leases()) {
            switch (leases.issue(lease, TokenParties.onCredential(grant.task(), lease))) {
                case Leases.Issue.Live live -> credentials.add(credential(live));
                case Leases.Issue.Unavailable(Leases.Opened failed, String cause, Duration retryAfter) -> {
                    return undo(
                            grant,
                            decisionTrace,
                            Refusal.unavailable(
                                    "target_unavailable", failed.tool().name() + ": " + cause, retryAfter));
                }
                case Leases.Issue.Refused(Leases.Opened refused, String reason) -> {
                    return undo(
                            grant,
                            decisionTrace,
                            Refusal.refusedByTarget(refused.tool().name() + ": " + reason));
                }
                case Leases.Issue.Lost(Leases.Opened lost) -> {
                    return undo(
                            grant,
                            decisionTrace,
                            Refusal.accessDenied(
                                    "stopped_meanwhile",
                                    "The task was stopped while its credentials were made; nothing was issued.",
                                    "the lease for " + lost.tool().name() + " was revoked before it was active"));
                }
            }
        }
        grant.key().ifPresent(idempotency::done);
        return new Answer.Granted(response(grant, binding, credentials));
    }

    private Answer undo(Grants.Recorded grant, DecisionTrace decisionTrace, Refusal refusal) {
        // Nobody meant this exchange to fail: what was approved for it is given back.
        boolean targets = refusal.reason().startsWith("target_");
        grants.undo(grant, refusal.reason(), "agent:" + grant.task().agent(), targets);
        return refuse(refusal, decisionTrace);
    }

    private TokenResponse response(
            Grants.Recorded grant, Optional<KeyBinding> binding, List<TokenResponse.Credential> credentials) {
        Task task = grant.task();
        List<AuthorizationDetail> granted = grant.granted();
        return new TokenResponse(
                taskTokens.sign(task, granted, binding),
                TokenType.ACCESS_TOKEN.urn(),
                binding.map(KeyBinding::tokenType).orElse("Bearer"),
                Math.max(0, Duration.between(clock.instant(), task.expiresAt()).toSeconds()),
                granted.stream()
                        .flatMap(detail -> detail.actions().stream().map(action -> detail.identifier() + ":" + action))
                        .collect(Collectors.joining(" ")),
                granted,
                new TokenResponse.Task(
                        task.id().toString(), task.type(), task.state().word(), task.expiresAt()),
                credentials);
    }

    /** The one place where secrets leave the broker. */
    private static TokenResponse.Credential credential(Leases.Issue.Live live) {
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
