package io.errand.broker.grant;

import io.errand.api.DeferralResponse;
import io.errand.api.Fingerprint;
import io.errand.api.TokenResponse;
import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.agent.DriftedAgents;
import io.errand.broker.agent.Proposals;
import io.errand.broker.agent.Standing;
import io.errand.broker.agent.UnknownIdentities;
import io.errand.broker.approval.Approvals;
import io.errand.broker.approval.Approvals.Approved;
import io.errand.broker.audit.Audit;
import io.errand.broker.caller.Caller;
import io.errand.broker.caller.CallerIdentification;
import io.errand.broker.caller.DecisionTrace;
import io.errand.broker.caller.GrantStep;
import io.errand.broker.caller.Refusal;
import io.errand.broker.caller.TokenParties;
import io.errand.broker.caller.TokenRequest;
import io.errand.broker.database.RegistryVersion;
import io.errand.broker.identity.Possession;
import io.errand.broker.lease.Leases;
import io.errand.broker.shared.Names;
import io.errand.broker.shared.tracing.Spans;
import io.errand.broker.task.Task;
import io.errand.broker.tasktype.TaskTypes;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.stereotype.Component;

/**
 * One exchange (RFC 8693) from top to bottom: identity, agent, task, access, policy, the grant on record, and then the credentials.
 */
@Component
public class TokenExchange {

    private static final Logger LOG = LoggerFactory.getLogger(TokenExchange.class);

    /** In log lines, as in the answer. */
    public static final String DECISION = "decision_id";

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
    private final Proposals proposals;
    private final ImplicitTasks implicitTasks;
    private final TokenResponses tokenResponses;
    private final RegistryVersion registryVersion;
    private final Agents agents;
    private final TaskTypes taskTypes;
    private final DriftedAgents driftedAgents;
    private final Approvals approvals;
    private final UnknownIdentities unknown;
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
            Proposals proposals,
            ImplicitTasks implicitTasks,
            TokenResponses tokenResponses,
            RegistryVersion registryVersion,
            Agents agents,
            TaskTypes taskTypes,
            DriftedAgents driftedAgents,
            Approvals approvals,
            UnknownIdentities unknown,
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
        this.proposals = proposals;
        this.implicitTasks = implicitTasks;
        this.tokenResponses = tokenResponses;
        this.registryVersion = registryVersion;
        this.agents = agents;
        this.taskTypes = taskTypes;
        this.driftedAgents = driftedAgents;
        this.approvals = approvals;
        this.unknown = unknown;
        this.audit = audit;
        this.spans = spans;
        this.clock = clock;
    }

    /** What a client is told. */
    public sealed interface Answer {
        record Granted(TokenResponse response) implements Answer {}

        /** A person must decide first; the client polls. */
        record Waiting(DeferralResponse response) implements Answer {}

        record Refused(Refusal refusal, UUID decision) implements Answer {}
    }

    public Answer exchange(Map<String, String[]> form, @Nullable String idempotencyKey, Possession possession) {
        return registryVersion.supposing(() -> asOfNow(form, idempotencyKey, possession));
    }

    private Answer asOfNow(Map<String, String[]> form, @Nullable String idempotencyKey, Possession possession) {
        DecisionTrace decisionTrace = begun();
        return answered(
                TokenRequest.read(form, idempotencyKey)
                        .then(request -> identified(request, possession, decisionTrace))
                        .then(this::access)
                        .then(wanted -> isImplicit(wanted) ? implicit(wanted) : decided(wanted)),
                decisionTrace);
    }

    /** What had to wait for a person, once it is approved: decided again, and granted once. */
    public Answer collect(Map<String, String[]> form, @Nullable String idempotencyKey, Possession possession) {
        DecisionTrace decisionTrace = begun();
        return answered(
                TokenRequest.readPoll(form, idempotencyKey)
                        .then(poll -> polled(poll, form, possession, decisionTrace))
                        .then(state -> switch (state) {
                            case Deferrals.State.Wait(DeferralResponse response) ->
                                GrantStep.pass(new Answer.Waiting(response));
                            case Deferrals.State.Ready ready -> collected(ready, decisionTrace);
                        }),
                decisionTrace);
    }

    private GrantStep<Deferrals.State> polled(
            TokenRequest poll, Map<String, String[]> form, Possession possession, DecisionTrace decisionTrace) {
        return TokenRequest.deferralCode(form)
                .then(code -> callerIdentification
                        .identify(poll, possession, decisionTrace)
                        .then(caller -> deferrals.poll(code, caller, poll, decisionTrace)));
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
            case GrantStep.Stopped<Answer>(Refusal refusal) -> {
                Answer.Refused refused = refuse(refusal, decisionTrace);
                if (refusal.reason().equals(RequestedTask.DRIFTED)) {
                    // What it declared is on the record by then, and what follows from it is a change of its own.
                    decisionTrace.agent().ifPresent(agent -> driftedAgents.seen(agent, drifted(refused)));
                }
                yield refused;
            }
            case GrantStep.Passed<Answer>(Answer answer) -> answer;
        };
    }

    private static String drifted(Answer.Refused refused) {
        return "it declared another fingerprint, see decision " + refused.decision();
    }

    /** What stays the same on the way of one request. */
    private record Asking(TokenRequest request, Caller caller, DecisionTrace decisionTrace) {}

    private record Wanted(Asking asking, RequestedTask task, List<RequestedAccess> access) {}

    private GrantStep<Asking> identified(TokenRequest request, Possession possession, DecisionTrace decisionTrace) {
        return callerIdentification
                .identify(request, possession, decisionTrace)
                .map(caller -> new Asking(request, caller, decisionTrace));
    }

    private GrantStep<Wanted> access(Asking asking) {
        return RequestedTask.of(asking.request(), asking.caller(), taskTypes, clock.instant())
                .then(task -> sessionMarks.undrifted(asking.caller(), task))
                .then(task -> access(asking, task));
    }

    private GrantStep<Wanted> access(Asking asking, RequestedTask task) {
        return switch (accessResolution.of(asking.request(), asking.caller(), task)) {
            case GrantStep.Passed<List<RequestedAccess>>(var access) -> mayBegin(new Wanted(asking, task, access));
            case GrantStep.Stopped<List<RequestedAccess>>(Refusal refusal)
            when refusal.isOutsideCeiling() -> {
                noted(asking);
                yield GrantStep.stop(asking.request().propose() ? proposed(asking, task, refusal) : refusal);
            }
            case GrantStep.Stopped<List<RequestedAccess>>(Refusal refusal) -> GrantStep.stop(refusal);
        };
    }

    /** What was asked for, so that it can be told of later; what could be no name is left out. */
    private void noted(Asking asking) {
        accessResolution.named(asking.request()).entrySet().stream()
                .filter(one -> Names.check(one.getKey()).isEmpty())
                .limit(AccessResolution.MAX_TOOLS)
                .forEach(one -> {
                    List<String> actions = one.getValue().stream()
                            .filter(action -> Names.check(action).isEmpty())
                            .limit(AccessResolution.MAX_TOOLS)
                            .toList();
                    asking.decisionTrace().passed("asked", "tool", one.getKey(), "actions", actions);
                });
    }

    /** It is refused all the same; its owner is told what was missing. */
    private Refusal proposed(Asking asking, RequestedTask task, Refusal refusal) {
        registryVersion.settle();
        return refusal.saying(
                switch (proposals.propose(new Proposals.Wanted(
                        asking.caller().agent(),
                        accessResolution.named(asking.request()),
                        task.type(),
                        task.purpose(),
                        asking.decisionTrace().decision()))) {
                    case OPEN -> "It was proposed to the agent's owner.";
                    case DISMISSED -> "The same proposal was dismissed less than 30 days ago.";
                    case TOO_MANY -> "It was not proposed: too many proposals of this agent are open.";
                    case NOTHING ->
                        "There is nothing to propose: what is missing is not in the task, or is no name of a tool and"
                                + " its actions.";
                });
    }

    /** Which task an implicit one is, is known only later; then it is asked again. */
    private GrantStep<Wanted> mayBegin(Wanted wanted) {
        return wanted.task().existing().isEmpty()
                        && !isImplicit(wanted)
                        && agents.standing(wanted.asking().caller().agent())
                                instanceof Standing.Finishing(String reason, String detail)
                ? GrantStep.stop(Refusal.accessDenied(
                        reason,
                        "This agent may go on with the tasks that it has, and begin none: nobody answers for it any more.",
                        detail))
                : GrantStep.pass(wanted);
    }

    private static boolean isImplicit(Wanted wanted) {
        return isImplicit(wanted.asking(), wanted.task(), wanted.access());
    }

    private static boolean isImplicit(Asking asking, RequestedTask requestedTask, List<RequestedAccess> wanted) {
        return requestedTask.origin() == Task.Origin.ASSUMED
                && requestedTask.existing().isEmpty()
                && ImplicitTasks.isOneCredential(asking.request(), wanted);
    }

    /** Decided for the task that is there or is to begin, and again if that is not so any more when it is recorded. */
    private GrantStep<Answer> implicit(Wanted assumed) {
        Asking asking = assumed.asking();
        int mark = asking.decisionTrace().mark();
        GrantStep<Answer> answer = GrantStep.stop(Refusal.implicitTaskChanged());
        for (int i = 0; i < MOST_TRIES && isToBeDecidedAgain(answer); i++) {
            asking.decisionTrace().rewind(mark);
            RequestedTask task = implicitTasks.of(
                    asking.request(),
                    asking.caller(),
                    assumed.task(),
                    assumed.access().getFirst());
            answer = access(asking, task).then(wanted -> implicit(wanted, assumed, mark));
        }
        return answer;
    }

    private GrantStep<Answer> implicit(Wanted wanted, Wanted assumed, int mark) {
        return judged(wanted)
                .then(judged -> isForThisRequestAlone(judged)
                        ? alone(assumed, wanted.access(), mark)
                        : granted(wanted, judged));
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

    private GrantStep<Answer> alone(Wanted assumed, List<RequestedAccess> access, int mark) {
        assumed.asking().decisionTrace().rewind(mark);
        return decided(new Wanted(assumed.asking(), assumed.task().implicit(Optional.empty()), access));
    }

    private GrantStep<Answer> decided(Wanted wanted) {
        return judged(wanted).then(judged -> granted(wanted, judged));
    }

    private GrantStep<PolicyCheck.Judged> judged(Wanted wanted) {
        Asking asking = wanted.asking();
        return policyCheck.of(wanted.access(), asking.caller(), wanted.task(), asking.decisionTrace());
    }

    private GrantStep<Answer> granted(Wanted wanted, PolicyCheck.Judged judged) {
        registryVersion.settle();
        Asking asking = wanted.asking();
        if (!judged.needs().isEmpty()) {
            return deferrals
                    .ask(asking.request(), asking.caller(), wanted.task(), judged, asking.decisionTrace())
                    .map(Answer.Waiting::new);
        }
        return recorded(asking, wanted.task(), judged.permittedAccess(), Optional.empty());
    }

    private GrantStep<Answer> recorded(
            Asking asking, RequestedTask requestedTask, List<PermittedAccess> permitted, Optional<Approved> approval) {
        return grants.record(
                        asking.request(), asking.caller(), requestedTask, permitted, approval, asking.decisionTrace())
                .map(recorded -> made(asking, recorded));
    }

    private GrantStep<Answer> collected(Deferrals.State.Ready ready, DecisionTrace decisionTrace) {
        return access(new Asking(ready.request(), ready.caller(), decisionTrace))
                .then(wanted -> permittedAsApproved(wanted, ready)
                        .then(permitted -> recorded(
                                wanted.asking(), taskOf(wanted, permitted), permitted, Optional.of(ready.approved())))
                        .map(answer -> baselined(wanted, ready.approved(), answer)));
    }

    /** What its owner let through is what it is made of from now on; if this is lost, its owner is asked again. */
    private Answer baselined(Wanted wanted, Approved approved, Answer answer) {
        Agent agent = wanted.asking().caller().agent();
        Fingerprint declared = wanted.task().declaration().fingerprint();
        if (answer instanceof Answer.Granted && wanted.task().drifted() && declared != null) {
            try {
                approvals
                        .approver(approved, Approvals.ofOwner(agent.owner()).group())
                        .ifPresent(who -> driftedAgents.approved(agent, declared, who, "approval " + approved.id()));
            } catch (RuntimeException e) {
                // The grant is committed, and its credentials are in this answer alone.
                LOG.warn("What the owner of {} approved did not become its fingerprint", agent.name(), e);
            }
        }
        return answer;
    }

    private GrantStep<List<PermittedAccess>> permittedAsApproved(Wanted wanted, Deferrals.State.Ready ready) {
        return policyCheck
                .again(
                        wanted.access(),
                        ready.caller(),
                        wanted.task(),
                        ready.approved(),
                        wanted.asking().decisionTrace())
                .then(permitted -> deferrals.unchanged(ready, wanted.task(), permitted));
    }

    private static RequestedTask taskOf(Wanted wanted, List<PermittedAccess> permitted) {
        return isImplicit(wanted.asking(), wanted.task(), PermittedAccess.wanted(permitted))
                ? wanted.task().implicit(Optional.empty())
                : wanted.task();
    }

    /** A refusal that came up before or beside an exchange, for example in the form; its one effect is its event. */
    Answer.Refused refuse(Refusal refusal, DecisionTrace decisionTrace) {
        registryVersion.settle();
        audit.recordRefusal(decisionTrace.denied(refusal));
        // Once a request, which may have been looked at twice by then.
        decisionTrace.nobody().ifPresent(identity -> unknown.seen(identity.issuer(), identity.subject()));
        return new Answer.Refused(refusal, decisionTrace.decision());
    }

    private Answer made(Asking asking, Grants.Recorded grant) {
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
