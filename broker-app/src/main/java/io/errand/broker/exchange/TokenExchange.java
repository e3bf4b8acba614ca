package io.errand.broker.exchange;

import io.errand.api.AuthorizationDetail;
import io.errand.api.TokenResponse;
import io.errand.broker.audit.Audit;
import io.errand.broker.identity.TokenType;
import io.errand.broker.lease.Leases;
import io.errand.broker.policy.Circumstances;
import io.errand.broker.policy.Policies;
import io.errand.broker.policy.Question;
import io.errand.broker.policy.Ruling;
import io.errand.broker.shared.Secret;
import io.errand.broker.task.Sessions;
import io.errand.broker.task.Task;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * One exchange (RFC 8693) from top to bottom: identity, agent, task, access, policy, the grant on record, and then the credentials.
 */
@Component
class TokenExchange {

    private final Callers callers;
    private final Access access;
    private final Remembrance remembrance;
    private final Policies policies;
    private final Grants grants;
    private final Leases leases;
    private final Idempotency idempotency;
    private final TaskTokens taskTokens;
    private final Audit audit;
    private final Clock clock;

    TokenExchange(
            Callers callers,
            Access access,
            Remembrance remembrance,
            Policies policies,
            Grants grants,
            Leases leases,
            Idempotency idempotency,
            TaskTokens taskTokens,
            Audit audit,
            Clock clock) {
        this.callers = callers;
        this.access = access;
        this.remembrance = remembrance;
        this.policies = policies;
        this.grants = grants;
        this.leases = leases;
        this.idempotency = idempotency;
        this.taskTokens = taskTokens;
        this.audit = audit;
        this.clock = clock;
    }

    /** What a client is told. */
    sealed interface Answer {
        record Granted(TokenResponse response) implements Answer {}

        record Refused(Refusal refusal, UUID decision) implements Answer {}
    }

    Answer exchange(Map<String, String[]> form, @Nullable String idempotencyKey) {
        Trail trail = new Trail();
        Step<Grants.Recorded> grant = TokenRequest.read(form, idempotencyKey)
                .then(request -> callers.identify(request, trail)
                        .then(caller -> Work.of(request, caller, clock.instant())
                                .then(work -> remembrance.undrifted(caller, work))
                        .then(work -> access.of(request, caller, work)
                                        .then(wanted -> permit(wanted, caller, work, trail))
                                        .then(permitted -> grants.record(request, caller, work, permitted, trail)))));
        return switch (grant) {
            case Step.Stopped<Grants.Recorded>(Refusal refusal) -> refuse(refusal, trail);
            case Step.Passed<Grants.Recorded>(Grants.Recorded recorded) -> make(recorded, trail);
        };
    }

    /** A refusal that came up before or beside an exchange, for example in the form; its one effect is its event. */
    Answer.Refused refuse(Refusal refusal, Trail trail) {
        audit.recordRefusal(trail.denied(refusal));
        return new Answer.Refused(refusal, trail.decision());
    }

    private Step<List<Grants.Permitted>> permit(List<Wanted> all, Caller caller, Work work, Trail trail) {
        List<Grants.Permitted> permitted = new ArrayList<>();
        Sessions.Memory memory = all.isEmpty() ? Sessions.Memory.NOTHING : remembrance.of(caller, work);
        for (Wanted wanted : all) {
            trail.passed(
                    "access",
                    "tool",
                    wanted.tool().name(),
                    "version",
                    wanted.tool().version(),
                    "actions",
                    wanted.actions());
            switch (policies.decide(question(wanted, caller, work, memory))) {
                case Ruling.Permit(List<String> names, Duration maxTtl) -> {
                    trail.passed("policy", "tool", wanted.tool().name(), "effect", "permit", "policies", names);
                    permitted.add(new Grants.Permitted(wanted, maxTtl, names, memory));
                }
                case Ruling.Deny(List<String> names, String reason, List<String> sentences) -> {
                    trail.passed("policy", "tool", wanted.tool().name(), "effect", "deny", "policies", names);
                    return Step.stop(Refusal.accessDenied(
                            "policy_" + reason,
                            sentences.isEmpty()
                                    ? "No policy permits this for "
                                            + wanted.tool().name() + "."
                                    : String.join(" ", sentences),
                            "policy denies " + wanted.actions() + " on "
                                    + wanted.tool().name()));
                }
                case Ruling.Defer defer -> {
                    trail.passed(
                            "policy", "tool", wanted.tool().name(), "effect", "defer", "policies", defer.policies());
                    return Step.stop(Refusal.accessDenied(
                            "approval_required",
                            "A person must approve this first: " + defer.approvers() + ".",
                            "approval by " + defer.approvers() + " is needed for "
                                    + wanted.tool().name()));
                }
            }
        }
        return Step.pass(permitted);
    }

    private Question question(Wanted wanted, Caller caller, Work work, Sessions.Memory memory) {
        String onBehalfOf = caller.subjectName().startsWith("person:") ? caller.subjectName() : null;
        return new Question(
                "issue",
                caller.agent(),
                wanted.tool(),
                wanted.actions(),
                new Question.Facts(
                        work.type(),
                        work.purpose(),
                        work.existing().map(Task::depth).orElse(0),
                        onBehalfOf,
                        work.ttl(),
                        work.context(),
                        work.attested()),
                Circumstances.at(clock.instant()).session(Remembrance.asked(memory)));
    }

    private Answer make(Grants.Recorded grant, Trail trail) {
        List<TokenResponse.Credential> credentials = new ArrayList<>();
        for (Leases.Opened lease : grant.leases()) {
            switch (leases.issue(lease, claims(grant.task(), lease))) {
                case Leases.Issue.Live live -> credentials.add(credential(live));
                case Leases.Issue.Unavailable(Leases.Opened failed, String cause, Duration retryAfter) -> {
                    return undo(
                            grant,
                            trail,
                            Refusal.unavailable(
                                    "target_unavailable", failed.tool().name() + ": " + cause, retryAfter));
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
        return new Answer.Granted(response(grant, credentials));
    }

    private Answer undo(Grants.Recorded grant, Trail trail, Refusal refusal) {
        grants.undo(grant, refusal.reason(), "agent:" + grant.task().agent());
        return refuse(refusal, trail);
    }

    private TokenResponse response(Grants.Recorded grant, List<TokenResponse.Credential> credentials) {
        Task task = grant.task();
        List<AuthorizationDetail> granted = grant.granted();
        return new TokenResponse(
                taskTokens.sign(task, granted),
                TokenType.ACCESS_TOKEN.urn(),
                "Bearer",
                Math.max(0, Duration.between(clock.instant(), task.expiresAt()).toSeconds()),
                granted.stream()
                        .flatMap(detail -> detail.actions().stream().map(action -> detail.identifier() + ":" + action))
                        .collect(Collectors.joining(" ")),
                granted,
                new TokenResponse.Task(
                        task.id().toString(), task.type(), task.state().word(), task.expiresAt()),
                credentials);
    }

    private static Map<String, Object> claims(Task task, Leases.Opened lease) {
        Map<String, Object> claims = new LinkedHashMap<>(TaskTokens.parties(task));
        claims.put("client_id", task.agent());
        claims.put(
                "authorization_details",
                List.of(Map.of(
                        "type",
                        AuthorizationDetail.TOOL_ACCESS,
                        "identifier",
                        lease.tool().name(),
                        "actions",
                        lease.actions())));
        return claims;
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
