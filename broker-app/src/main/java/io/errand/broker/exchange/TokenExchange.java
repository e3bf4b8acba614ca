package io.errand.broker.exchange;

import io.errand.api.DeferralResponse;
import io.errand.api.TokenResponse;
import io.errand.broker.approval.Approvals.Approved;
import io.errand.broker.audit.Audit;
import io.errand.broker.identity.Possession;
import io.errand.broker.lease.Leases;
import io.errand.broker.shared.RegistryVersion;
import io.errand.broker.shared.tracing.Spans;
import io.errand.broker.task.Task;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
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

    /** The first finds nothing and loses to others, the second joins them; the third is for one that ended in between. */
    private static final int MOST_TRIES = 4;

    private final CallerIdentification callerIdentification;
    private final AccessResolution accessResolution;
    private final PolicyCheck policyCheck;
    private final SessionMarks sessionMarks;
    private final Deferrals deferrals;
    private final Grants grants;
    private final Leases leases;
    private final Idempotency idempotency;
    private final ImplicitTasks implicitTasks;
    private final TokenResponses tokenResponses;
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
            ImplicitTasks implicitTasks,
            TokenResponses tokenResponses,
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
        this.implicitTasks = implicitTasks;
        this.tokenResponses = tokenResponses;
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
                                .then(requestedTask ->
                                        access(new Asking(request, caller, decisionTrace), requestedTask))));
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

    /** What stays the same on the way of one request. */
    private record Asking(TokenRequest request, Caller caller, DecisionTrace decisionTrace) {}

    private GrantStep<Answer> access(Asking asking, RequestedTask requestedTask) {
        return accessResolution
                .of(asking.request(), asking.caller(), requestedTask)
                .then(wanted -> isImplicit(asking, requestedTask, wanted)
                        ? implicit(asking, requestedTask, wanted.getFirst())
                        : decided(asking, requestedTask, wanted));
    }

    private static boolean isImplicit(Asking asking, RequestedTask requestedTask, List<RequestedAccess> wanted) {
        return requestedTask.origin() == Task.Origin.ASSUMED
                && requestedTask.existing().isEmpty()
                && ImplicitTasks.isOneCredential(asking.request(), wanted);
    }

    /** Decided for the task that is there or is to begin, and again if that is not so any more when it is recorded. */
    private GrantStep<Answer> implicit(Asking asking, RequestedTask assumed, RequestedAccess wanted) {
        int mark = asking.decisionTrace().mark();
        GrantStep<Answer> answer = GrantStep.stop(Refusal.implicitTaskChanged());
        for (int i = 0; i < MOST_TRIES && isToBeDecidedAgain(answer); i++) {
            asking.decisionTrace().rewind(mark);
            RequestedTask task = implicitTasks.of(asking.request(), asking.caller(), assumed, wanted);
            answer = accessResolution
                    .of(asking.request(), asking.caller(), task)
                    .then(within -> policyCheck
                            .of(within, asking.caller(), task, asking.decisionTrace())
                            .then(judged -> isForThisRequestAlone(judged)
                                    ? alone(asking, assumed, within, mark)
                                    : grant(asking, task, judged)));
        }
        return answer;
    }

    private static boolean isToBeDecidedAgain(GrantStep<Answer> answer) {
        return answer instanceof GrantStep.Stopped<Answer>(Refusal refusal) && refusal.isToBeDecidedAgain();
    }

    /** What a person approves, or a break-glass lifts, is for what was asked and not for whoever asks again. */
    private static boolean isForThisRequestAlone(PolicyCheck.Judged judged) {
        return !judged.needs().isEmpty()
                || judged.permittedAccess().stream()
                        .anyMatch(one -> one.breakGlass().isPresent());
    }

    private GrantStep<Answer> alone(Asking asking, RequestedTask assumed, List<RequestedAccess> wanted, int mark) {
        asking.decisionTrace().rewind(mark);
        return decided(asking, assumed.implicit(Optional.empty()), wanted);
    }

    private GrantStep<Answer> decided(Asking asking, RequestedTask requestedTask, List<RequestedAccess> wanted) {
        return policyCheck
                .of(wanted, asking.caller(), requestedTask, asking.decisionTrace())
                .then(judged -> grant(asking, requestedTask, judged));
    }

    private GrantStep<Answer> grant(Asking asking, RequestedTask requestedTask, PolicyCheck.Judged judged) {
        registryVersion.settle();
        if (!judged.needs().isEmpty()) {
            return deferrals
                    .ask(asking.request(), asking.caller(), requestedTask, judged, asking.decisionTrace())
                    .then(response -> GrantStep.pass(new Answer.Waiting(response)));
        }
        return recorded(asking, requestedTask, judged.permittedAccess(), Optional.empty());
    }

    private GrantStep<Answer> recorded(
            Asking asking, RequestedTask requestedTask, List<PermittedAccess> permitted, Optional<Approved> approval) {
        return grants.record(
                        asking.request(), asking.caller(), requestedTask, permitted, approval, asking.decisionTrace())
                .then(recorded -> GrantStep.pass(make(asking, recorded)));
    }

    private GrantStep<Answer> granted(Deferrals.State.Ready ready, DecisionTrace decisionTrace) {
        Asking asking = new Asking(ready.request(), ready.caller(), decisionTrace);
        Caller caller = asking.caller();
        return RequestedTask.of(asking.request(), caller, clock.instant())
                .then(requestedTask -> sessionMarks.undrifted(caller, requestedTask))
                .then(requestedTask -> accessResolution
                        .of(asking.request(), caller, requestedTask)
                        .then(wanted ->
                                policyCheck.again(wanted, caller, requestedTask, ready.approved(), decisionTrace))
                        .then(permitted -> deferrals.unchanged(ready, requestedTask, permitted))
                        .then(permitted -> recorded(
                                asking,
                                isImplicit(asking, requestedTask, PermittedAccess.wanted(permitted))
                                        ? requestedTask.implicit(Optional.empty())
                                        : requestedTask,
                                permitted,
                                Optional.of(ready.approved()))));
    }

    /** A refusal that came up before or beside an exchange, for example in the form; its one effect is its event. */
    Answer.Refused refuse(Refusal refusal, DecisionTrace decisionTrace) {
        registryVersion.settle();
        audit.recordRefusal(decisionTrace.denied(refusal));
        return new Answer.Refused(refusal, decisionTrace.decision());
    }

    private Answer make(Asking asking, Grants.Recorded grant) {
        DecisionTrace decisionTrace = asking.decisionTrace();
        List<TokenResponse.Credential> credentials = new ArrayList<>();
        for (Leases.Opened lease : grant.leases()) {
            switch (leases.issue(lease, TokenParties.onCredential(grant.task(), lease, grant.approval()))) {
                case Leases.Issue.Live live -> credentials.add(TokenResponses.credential(live));
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
        return new Answer.Granted(
                tokenResponses.of(asking.request(), grant, asking.caller().binding(), credentials));
    }

    private Answer undo(Grants.Recorded grant, DecisionTrace decisionTrace, Refusal refusal) {
        // Nobody meant this exchange to fail: what was approved for it is given back.
        boolean targets = refusal.reason().startsWith("target_");
        grants.undo(grant, refusal.reason(), "agent:" + grant.task().agent(), targets);
        return refuse(refusal, decisionTrace);
    }
}
