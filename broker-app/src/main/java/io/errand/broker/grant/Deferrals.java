package io.errand.broker.grant;

import io.errand.api.DeferralResponse;
import io.errand.broker.approval.Approvals;
import io.errand.broker.approval.Approvals.Approved;
import io.errand.broker.approval.Approvals.Asking;
import io.errand.broker.approval.Approvals.Poll;
import io.errand.broker.approval.Approvals.Requester;
import io.errand.broker.approval.Approvals.Ticket;
import io.errand.broker.approval.GrantApprovalRequest;
import io.errand.broker.caller.Caller;
import io.errand.broker.caller.DecisionTrace;
import io.errand.broker.caller.DelegationTokens;
import io.errand.broker.caller.GrantStep;
import io.errand.broker.caller.Refusal;
import io.errand.broker.caller.TokenRequest;
import io.errand.broker.identity.Issuers;
import io.errand.broker.identity.KeyBinding;
import io.errand.broker.lock.Locks;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Secret;
import io.errand.broker.task.Delegation;
import io.errand.broker.task.Delegations;
import io.errand.broker.task.Task;
import io.errand.broker.task.Tasks;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** An exchange that waits for a person: how it is put aside, and what becomes of it when it is collected. */
@Component
class Deferrals {

    private final Approvals approvals;
    private final Locks locks;
    private final Tasks tasks;
    private final Delegations delegations;
    private final DelegationTokens delegationTokens;
    private final Issuers issuers;
    private final String issuer;

    Deferrals(
            Approvals approvals,
            Locks locks,
            Tasks tasks,
            Delegations delegations,
            DelegationTokens delegationTokens,
            Issuers issuers,
            ErrandProperties errand) {
        this.approvals = approvals;
        this.locks = locks;
        this.tasks = tasks;
        this.delegations = delegations;
        this.delegationTokens = delegationTokens;
        this.issuers = issuers;
        this.issuer = errand.issuer();
    }

    /** How a poll stands. */
    sealed interface State {

        record Wait(DeferralResponse response) implements State {}

        /** Approved: what was asked for, by whom. */
        record Ready(TokenRequest request, Caller caller, Approved approved) implements State {}
    }

    GrantStep<DeferralResponse> ask(
            TokenRequest request,
            Caller caller,
            RequestedTask requestedTask,
            PolicyCheck.Judged judged,
            DecisionTrace decisionTrace) {
        String groups = String.join(
                ", ", judged.needs().stream().map(need -> need.group()).toList());
        if (!request.deferred()) {
            return GrantStep.stop(Refusal.accessDenied(
                    "approval_required",
                    "A person must approve this first: " + groups
                            + ". Ask with completion_mode=deferred if you can wait.",
                    "approval by " + groups + " is needed, and the client does not wait"));
        }
        // Before anybody is asked; the grant looks again, in its own transaction.
        List<String> tools = judged.permittedAccess().stream()
                .map(one -> one.requestedAccess().tool().name())
                .toList();
        Optional<Locks.Lock> lock = locks.find(LockSubjects.of(caller, requestedTask, tools));
        if (lock.isPresent()) {
            return GrantStep.stop(Refusal.locked(lock.get()));
        }
        GrantApprovalRequest grantApprovalRequest =
                GrantApprovalRequests.of(caller, requestedTask, judged.permittedAccess(), judged.needs());
        return switch (approvals.ask(
                grantApprovalRequest,
                requester(caller),
                DeferredRequests.asked(request, caller, requestedTask, judged.permittedAccess()),
                decisionTrace.event("approval.requested"))) {
            case Asking.Waiting(Secret code, Ticket ticket) ->
                GrantStep.pass(response(
                        "authorization_pending",
                        ticket,
                        code.reveal(),
                        decisionTrace.decision().toString()));
            case Asking.TooMany(int most) ->
                GrantStep.stop(Refusal.full(
                        "approval_cap",
                        "This agent has " + most + " requests that wait for people; wait until some are decided."));
            case Asking.NotCanonical() ->
                GrantStep.stop(Refusal.invalidRequest(
                        "context_number",
                        "task.context has a number that a double does not hold exactly; send it as text, so that people"
                                + " approve what they see."));
        };
    }

    GrantStep<State> poll(Secret code, Caller caller, TokenRequest poll, DecisionTrace decisionTrace) {
        Poll found = approvals.poll(code, requester(caller));
        return switch (found) {
            // A task whose token is bound to nothing stays so: the certificate that its agent connects with is no key
            // of it.
            case Poll.Unknown() when isByCertificate(caller) -> poll(code, caller.unbound(), poll, decisionTrace);
            case Poll.Unknown() ->
                GrantStep.stop(Refusal.invalidGrant(
                        "deferral_unknown", "no deferral of this agent and identity has this code"));
            case Poll.Pending(Ticket ticket) ->
                GrantStep.pass(new State.Wait(response("authorization_pending", ticket, null, null)));
            case Poll.TooSoon(Ticket ticket) ->
                GrantStep.pass(new State.Wait(response("slow_down", ticket, null, null)));
            case Poll.Denied(var id) ->
                GrantStep.stop(Refusal.accessDenied(
                        "approval_denied", "A person denied this.", "approval " + id + " was denied"));
            case Poll.Expired(var id) -> GrantStep.stop(Refusal.expired("approval " + id + " expired"));
            case Poll.Voided(var id) ->
                GrantStep.stop(changed("approval " + id + " was void when it was to be collected"));
            case Poll.Granted(Approved approved) -> ready(approved, caller, poll, decisionTrace);
            case Poll.Used(Approved approved) ->
                poll.idempotencyKey() == null
                        ? GrantStep.stop(
                                Refusal.invalidGrant("deferral_redeemed", "approval " + approved.id() + " was used"))
                        : ready(approved, caller, poll, decisionTrace);
        };
    }

    /** Everything that would be granted now is what was shown, to the byte; else the approval is void. */
    GrantStep<List<PermittedAccess>> unchanged(
            State.Ready ready, RequestedTask requestedTask, List<PermittedAccess> permitted) {
        Approved approved = ready.approved();
        Optional<String> digest = GrantApprovalRequests.of(ready.caller(), requestedTask, permitted, approved.needs())
                .digest();
        if (digest.isPresent() && digest.get().equals(approved.digest())) {
            return GrantStep.pass(permitted);
        }
        approvals.makeVoid(approved, "the agent, a tool, a policy or the request is not what was approved");
        return GrantStep.stop(changed("approval " + approved.id() + " was for something else: " + approved.digest()
                + ", and now " + digest.orElse("nothing")));
    }

    private static Refusal changed(String detail) {
        return Refusal.accessDenied(
                "approval_void", "What was approved is not what would be granted now; ask again.", detail);
    }

    private GrantStep<State> ready(Approved approved, Caller poller, TokenRequest poll, DecisionTrace decisionTrace) {
        decisionTrace.passed("approval", "approval", approved.id().toString(), "digest", approved.digest());
        Map<String, Object> asked = approved.asked();
        TokenRequest request = poll.collecting(
                (String) asked.get("task"),
                String.valueOf(asked.get("authorization_details")),
                Boolean.TRUE.equals(asked.get("standard")));
        if (asked.get("person") instanceof Map<?, ?> person) {
            return issuers.isRegistered(String.valueOf(person.get("issuer")))
                    ? ready(
                            request,
                            poller,
                            new Caller.Subject.Person(DeferredRequests.person(person), Optional.empty()),
                            approved)
                    : GrantStep.stop(changed("the issuer of the person's token no longer exists"));
        }
        if (asked.get("own_task") instanceof String id) {
            return Ids.parse(id)
                    .flatMap(tasks::find)
                    .filter(task -> task.state() == Task.State.ACTIVE)
                    .map(task -> ready(request, poller, new Caller.Subject.OwnTask(task), approved))
                    .orElseGet(() -> GrantStep.stop(Refusal.accessDenied(
                            "task_ended", "The task has ended.", "the task ended while a person was waited for")));
        }
        if (asked.get("delegation") instanceof String id) {
            return Ids.parse(id)
                    .flatMap(delegations::find)
                    .map(delegation -> switch (delegationTokens.standing(delegation, poller.agent())) {
                        case GrantStep.Passed<Delegation>(Delegation good) ->
                            ready(request, poller, new Caller.Subject.Delegated(good), approved);
                        // No token was shown that could be called unacceptable.
                        case GrantStep.Stopped<Delegation>(Refusal refusal) ->
                            GrantStep.<State>stop(Refusal.accessDenied(
                                    refusal.reason(),
                                    "What was handed on can no longer be taken up.",
                                    String.valueOf(refusal.detail())));
                    })
                    .orElseGet(() -> GrantStep.stop(changed("the delegation no longer exists")));
        }
        return ready(request, poller, new Caller.Subject.Self(Optional.empty()), approved);
    }

    private static GrantStep<State> ready(
            TokenRequest request, Caller poller, Caller.Subject subject, Approved approved) {
        return GrantStep.pass(new State.Ready(
                request,
                new Caller(poller.agent(), poller.workload(), poller.beside(), subject, poller.binding()),
                approved));
    }

    private static boolean isByCertificate(Caller caller) {
        return caller.binding()
                .filter(key -> key.method() == KeyBinding.Method.CERTIFICATE)
                .isPresent();
    }

    private static Requester requester(Caller caller) {
        return new Requester(
                caller.agent().id(),
                caller.workload().issuer(),
                caller.workload().subject(),
                caller.binding().map(KeyBinding::thumbprint).orElse(null));
    }

    private DeferralResponse response(String error, Ticket ticket, @Nullable String code, @Nullable String decision) {
        Instant end = ticket.expiresAt();
        return new DeferralResponse(
                error,
                error.equals("slow_down")
                        ? "Leave " + ticket.interval() + " seconds between two polls."
                        : "A person must approve this first; poll with the deferral_code.",
                code,
                ticket.expiresIn(),
                ticket.interval(),
                new DeferralResponse.Approval(
                        ticket.id().toString(), issuer + "/admin/v1/approvals/" + ticket.id(), ticket.digest(), end),
                decision);
    }
}
