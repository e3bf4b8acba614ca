package io.errand.broker.exchange;

import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.agent.Standing;
import io.errand.broker.identity.Identity;
import io.errand.broker.identity.IdentityTokens;
import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.TokenType;
import io.errand.broker.identity.Verification;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Identity and agent: the first two steps. A task token alone never authenticates anybody. */
@Component
class Callers {

    private final IdentityTokens tokens;
    private final Agents agents;
    private final TaskTokens taskTokens;
    private final DelegationTokens delegationTokens;

    Callers(IdentityTokens tokens, Agents agents, TaskTokens taskTokens, DelegationTokens delegationTokens) {
        this.tokens = tokens;
        this.agents = agents;
        this.taskTokens = taskTokens;
        this.delegationTokens = delegationTokens;
    }

    Step<Caller> identify(TokenRequest request, Trail trail) {
        if (taskTokens.isOurs(request.actorToken() == null ? request.subjectToken() : request.actorToken())) {
            return untrusted("task_token_alone", "a task token was shown where the agent's own workload token is due");
        }
        if (request.actorToken() == null || request.actorType() == null) {
            return workload(request.subjectToken(), request.subjectType(), "subject_token", trail)
                    .then(Callers::actsForItself)
                    .then(identity -> agent(identity, trail))
                    .then(caller -> Step.pass(caller.as(new Caller.Subject.Self())));
        }
        return workload(request.actorToken(), request.actorType(), "actor_token", trail)
                .then(identity -> agent(identity, trail))
                .then(known -> subject(request, known, trail).then(subject -> Step.pass(known.as(subject))));
    }

    private record Known(Agent agent, Identity workload) {
        Caller as(Caller.Subject subject) {
            return new Caller(agent, workload, subject);
        }
    }

    private Step<Identity> workload(String token, TokenType type, String parameter, Trail trail) {
        return verify(token, type, EnumSet.of(IssuerPurpose.WORKLOAD), parameter, trail);
    }

    private Step<Identity> verify(
            String token, TokenType type, Set<IssuerPurpose> purposes, String parameter, Trail trail) {
        return switch (tokens.verify(token, type, purposes)) {
            case Verification.Rejected(String reason, String detail, String issuer) ->
                untrusted(reason, parameter + (issuer == null ? "" : " of issuer " + issuer) + ": " + detail);
            case Verification.Verified(Identity identity) -> {
                trail.passed(
                        "identity", "token", parameter, "issuer", identity.issuer(), "subject", identity.subject());
                yield Step.pass(identity);
            }
        };
    }

    private static Step<Identity> actsForItself(Identity identity) {
        if (identity.claims().containsKey("act")) {
            return untrusted("actor_not_shown", "the subject token has an act claim and no actor was shown");
        }
        return identity.claims().containsKey("may_act") && !mayAct(identity, identity)
                ? untrusted("may_act_mismatch", "the subject token's may_act names somebody else")
                : Step.pass(identity);
    }

    private Step<Known> agent(Identity identity, Trail trail) {
        trail.who(identity.issuer() + ":" + identity.subject());
        Optional<Agent> found = agents.byIdentity(identity.issuer(), identity.subject());
        if (found.isEmpty()) {
            return untrusted("no_agent", "no agent is registered for this identity");
        }
        Agent agent = found.get();
        trail.who("agent:" + agent.name());
        trail.agent(agent.name());
        return switch (agents.standing(agent)) {
            case Standing.Bad(String reason, String detail) ->
                Step.stop(Refusal.accessDenied(reason, "This agent may not act now; its owner can tell why.", detail));
            case Standing.Good() -> {
                trail.passed("agent", "agent", agent.name(), "version", agent.version());
                yield Step.pass(new Known(agent, identity));
            }
        };
    }

    private Step<Caller.Subject> subject(TokenRequest request, Known known, Trail trail) {
        if (request.subjectToken().equals(request.actorToken())) {
            return actsForItself(known.workload()).then(identity -> Step.pass(new Caller.Subject.Self()));
        }
        if (taskTokens.isOurs(request.subjectToken())) {
            return ownTask(request, known, trail);
        }
        if (delegationTokens.isOurs(request.subjectToken())) {
            return delegated(request, known, trail);
        }
        return verify(
                        request.subjectToken(),
                        request.subjectType(),
                        EnumSet.allOf(IssuerPurpose.class),
                        "subject_token",
                        trail)
                .then(subject -> switch (subject.purpose()) {
                    case PERSON -> person(subject, known);
                    case WORKLOAD -> sameWorkload(subject, known);
                });
    }

    private Step<Caller.Subject> ownTask(TokenRequest request, Known known, Trail trail) {
        if (request.subjectType() == TokenType.ID_TOKEN) {
            return untrusted("token_type_mismatch", "a task token was declared to be an id_token");
        }
        return switch (taskTokens.live(request.subjectToken())) {
            case Step.Stopped<TaskTokens.Live>(Refusal refusal) -> Step.stop(refusal);
            case Step.Passed<TaskTokens.Live>(TaskTokens.Live live) -> {
                if (!live.task().agentId().equals(known.agent().id())) {
                    yield untrusted(
                            "task_of_another_agent",
                            "the task token belongs to agent " + live.task().agent());
                }
                trail.task(live.task().id());
                yield Step.pass(new Caller.Subject.OwnTask(live.task()));
            }
        };
    }

    private Step<Caller.Subject> delegated(TokenRequest request, Known known, Trail trail) {
        return delegationTokens
                .shown(request.subjectToken(), request.subjectType(), known.agent())
                .then(delegation -> {
                    trail.passed(
                            "delegation",
                            "id",
                            delegation.id().toString(),
                            "parent",
                            delegation.parent().id().toString(),
                            "chain",
                            delegation.parent().chain());
                    return Step.pass(new Caller.Subject.Delegated(delegation));
                });
    }

    private static Step<Caller.Subject> sameWorkload(Identity subject, Known known) {
        boolean same = subject.issuer().equals(known.workload().issuer())
                && subject.subject().equals(known.workload().subject());
        return same
                ? actsForItself(subject).then(identity -> Step.pass(new Caller.Subject.Self()))
                : untrusted(
                        "impersonation", "the subject is another workload; only a delegation token hands work over");
    }

    /** The token names the agent itself, or it came through a client that the agent's registration lists. */
    private static Step<Caller.Subject> person(Identity person, Known known) {
        if (person.claims().containsKey("act")) {
            return untrusted("chain_unknown", "the person's token was already given to another actor");
        }
        if (person.claims().containsKey("may_act")) {
            return mayAct(person, known.workload())
                    ? Step.pass(new Caller.Subject.Person(person))
                    : untrusted("may_act_mismatch", "the person's token names another actor in may_act");
        }
        List<String> clients = Stream.of("azp", "client_id")
                .map(person.claims()::get)
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .toList();
        boolean listed = known.agent().onBehalfOf().stream()
                .anyMatch(allowed -> allowed.issuer().equals(person.issuer())
                        && clients.stream().anyMatch(allowed.clients()::contains));
        return listed
                ? Step.pass(new Caller.Subject.Person(person))
                : untrusted(
                        "on_behalf_of_not_allowed",
                        "the person's token neither names this agent nor comes through one of its clients");
    }

    /** RFC 8693 §4.4: {@code may_act} identifies the actor by {@code sub}, and by {@code iss} where it has one. */
    private static boolean mayAct(Identity subject, Identity actor) {
        if (!(subject.claims().get("may_act") instanceof Map<?, ?> party)) {
            return false;
        }
        Object actorIssuer = actor.claims().get("iss");
        Object issuer = party.get("iss");
        boolean sameIssuer = issuer == null
                ? String.valueOf(subject.claims().get("iss")).equals(actorIssuer)
                : issuer.equals(actorIssuer);
        return sameIssuer && actor.subject().equals(party.get("sub"));
    }

    private static <T> Step<T> untrusted(String reason, @Nullable String detail) {
        return Step.stop(Refusal.untrusted(reason, String.valueOf(detail)));
    }
}
