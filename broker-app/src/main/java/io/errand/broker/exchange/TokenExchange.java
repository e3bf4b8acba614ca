package io.errand.broker.exchange;

import io.errand.api.AuthorizationDetail;
import io.errand.api.DeferralResponse;
import io.errand.api.TokenResponse;
import io.errand.broker.audit.Audit;
import io.errand.broker.identity.Binding;
import io.errand.broker.identity.Possession;
import io.errand.broker.identity.TokenType;
import io.errand.broker.lease.Leases;
import io.errand.broker.shared.Epoch;
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

    private final Callers callers;
    private final Access access;
    private final Judgement judgement;
    private final Remembrance remembrance;
    private final Deferrals deferrals;
    private final Grants grants;
    private final Leases leases;
    private final Idempotency idempotency;
    private final TaskTokens taskTokens;
    private final Epoch epoch;
    private final Audit audit;
    private final Spans spans;
    private final Clock clock;

    TokenExchange(
            Callers callers,
            Access access,
            Judgement judgement,
            Remembrance remembrance,
            Deferrals deferrals,
            Grants grants,
            Leases leases,
            Idempotency idempotency,
            TaskTokens taskTokens,
            Epoch epoch,
            Audit audit,
            Spans spans,
            Clock clock) {
        this.callers = callers;
        this.access = access;
        this.judgement = judgement;
        this.remembrance = remembrance;
        this.deferrals = deferrals;
        this.grants = grants;
        this.leases = leases;
        this.idempotency = idempotency;
        this.taskTokens = taskTokens;
        this.epoch = epoch;
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
        return epoch.supposing(() -> asOfNow(form, idempotencyKey, possession));
    }

    private Answer asOfNow(Map<String, String[]> form, @Nullable String idempotencyKey, Possession possession) {
        Trail trail = begun();
        Step<Answer> answer = TokenRequest.read(form, idempotencyKey)
                .then(request -> callers.identify(request, possession, trail)
                        .then(caller -> Work.of(request, caller, clock.instant())
                                .then(work -> remembrance.undrifted(caller, work))
                                .then(work -> access.of(request, caller, work)
                                        .then(wanted -> judgement.of(wanted, caller, work, trail))
                                        .then(judged -> grant(request, caller, work, judged, trail)))));
        return answered(answer, trail);
    }

    /** What had to wait for a person, once it is approved: decided again, and granted once. */
    Answer collect(Map<String, String[]> form, @Nullable String idempotencyKey, Possession possession) {
        Trail trail = begun();
        Step<Answer> answer = TokenRequest.readPoll(form, idempotencyKey)
                .then(poll -> TokenRequest.deferralCode(form)
                        .then(code -> callers.identify(poll, possession, trail)
                                .then(caller -> deferrals.poll(code, caller, poll, trail))))
                .then(state -> switch (state) {
                    case Deferrals.State.Wait(DeferralResponse response) -> Step.pass(new Answer.Waiting(response));
                    case Deferrals.State.Ready ready -> granted(ready, trail);
                });
        return answered(answer, trail);
    }

    /** What is logged from here on, and the span of the exchange, name the decision. */
    private Trail begun() {
        Trail trail = new Trail();
        String decision = trail.decision().toString();
        MDC.put(DECISION, decision);
        spans.note("errand." + DECISION, decision);
        return trail;
    }

    private Answer answered(Step<Answer> step, Trail trail) {
        return switch (step) {
            case Step.Stopped<Answer>(Refusal refusal) -> refuse(refusal, trail);
            case Step.Passed<Answer>(Answer answer) -> answer;
        };
    }

    private Step<Answer> grant(TokenRequest request, Caller caller, Work work, Judgement.Judged judged, Trail trail) {
        epoch.settle();
        if (!judged.needs().isEmpty()) {
            return deferrals
                    .ask(request, caller, work, judged, trail)
                    .then(response -> Step.pass(new Answer.Waiting(response)));
        }
        return grants.record(request, caller, work, judged.permitted(), Optional.empty(), trail)
                .then(recorded -> Step.pass(make(recorded, caller.binding(), trail)));
    }

    private Step<Answer> granted(Deferrals.State.Ready ready, Trail trail) {
        TokenRequest request = ready.request();
        Caller caller = ready.caller();
        return Work.of(request, caller, clock.instant())
                .then(work -> remembrance.undrifted(caller, work))
                .then(work -> access.of(request, caller, work)
                        .then(wanted -> judgement.again(wanted, caller, work, ready.approved(), trail))
                        .then(permitted -> deferrals.unchanged(ready, work, permitted))
                        .then(permitted ->
                                grants.record(request, caller, work, permitted, Optional.of(ready.approved()), trail)))
                .then(recorded -> Step.pass(make(recorded, caller.binding(), trail)));
    }

    /** A refusal that came up before or beside an exchange, for example in the form; its one effect is its event. */
    Answer.Refused refuse(Refusal refusal, Trail trail) {
        epoch.settle();
        audit.recordRefusal(trail.denied(refusal));
        return new Answer.Refused(refusal, trail.decision());
    }

    private Answer make(Grants.Recorded grant, Optional<Binding> binding, Trail trail) {
        List<TokenResponse.Credential> credentials = new ArrayList<>();
        for (Leases.Opened lease : grant.leases()) {
            switch (leases.issue(lease, Parties.onCredential(grant.task(), lease))) {
                case Leases.Issue.Live live -> credentials.add(credential(live));
                case Leases.Issue.Unavailable(Leases.Opened failed, String cause, Duration retryAfter) -> {
                    return undo(
                            grant,
                            trail,
                            Refusal.unavailable(
                                    "target_unavailable", failed.tool().name() + ": " + cause, retryAfter));
                }
                case Leases.Issue.Refused(Leases.Opened refused, String reason) -> {
                    return undo(
                            grant, trail, Refusal.refusedByTarget(refused.tool().name() + ": " + reason));
                }
                case Leases.Issue.Lost(Leases.Opened lost) -> {
                    return undo(
                            grant,
                            trail,
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

    private Answer undo(Grants.Recorded grant, Trail trail, Refusal refusal) {
        // Nobody meant this exchange to fail: what was approved for it is given back.
        boolean targets = refusal.reason().startsWith("target_");
        grants.undo(grant, refusal.reason(), "agent:" + grant.task().agent(), targets);
        return refuse(refusal, trail);
    }

    private TokenResponse response(
            Grants.Recorded grant, Optional<Binding> binding, List<TokenResponse.Credential> credentials) {
        Task task = grant.task();
        List<AuthorizationDetail> granted = grant.granted();
        return new TokenResponse(
                taskTokens.sign(task, granted, binding),
                TokenType.ACCESS_TOKEN.urn(),
                binding.map(Binding::tokenType).orElse("Bearer"),
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
