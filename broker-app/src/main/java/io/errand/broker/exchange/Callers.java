package io.errand.broker.exchange;

import io.errand.broker.exchange.AgentAuthentication.Known;
import io.errand.broker.identity.Binding;
import io.errand.broker.identity.Identity;
import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.Possession;
import io.errand.broker.identity.TokenType;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Identity and agent: the first two steps, and the key that what is granted will be bound to. */
@Component
class Callers {

    private final AgentAuthentication agents;
    private final TaskTokens taskTokens;
    private final DelegationTokens delegationTokens;
    private final Holders holders;

    Callers(AgentAuthentication agents, TaskTokens taskTokens, DelegationTokens delegationTokens, Holders holders) {
        this.agents = agents;
        this.taskTokens = taskTokens;
        this.delegationTokens = delegationTokens;
        this.holders = holders;
    }

    /** The proof comes first: a client that is to repeat with a nonce has not used up its single-use tokens by then. */
    Step<Caller> identify(TokenRequest request, Possession possession, Trail trail) {
        return holders.check(possession, null)
                .then(held -> agents.authenticate(request, possession, trail)
                        .then(known -> subject(request, known, held, trail))
                        .then(caller -> holders.once(held, caller)));
    }

    private Step<Caller> subject(TokenRequest request, Known known, Held held, Trail trail) {
        TokenRequest.Shown shown = request.subject();
        if (shown != null && taskTokens.isOurs(shown.token())) {
            return ownTask(shown, known, held, trail);
        }
        return subject(request, known, trail).then(subject -> Step.pass(caller(known, subject, held.binding(), trail)));
    }

    private Step<Caller.Subject> subject(TokenRequest request, Known known, Trail trail) {
        TokenRequest.Shown shown = request.subject();
        TokenRequest.Shown actor = request.actor();
        if (shown == null
                || known.method() == AgentAuthentication.Method.SUBJECT
                || (actor != null && shown.token().equals(actor.token()))) {
            return actsForItself(known.workload(), Optional.empty());
        }
        if (delegationTokens.isOurs(shown.token())) {
            return delegated(shown, known, trail);
        }
        return agents.verify(shown, EnumSet.allOf(IssuerPurpose.class), "subject_token", trail)
                .then(subject -> switch (subject.purpose()) {
                    case PERSON -> person(subject, known);
                    case WORKLOAD -> sameWorkload(subject, known);
                });
    }

    private static Caller caller(Known known, Caller.Subject subject, Optional<Binding> binding, Trail trail) {
        binding.ifPresent(bound -> trail.passed("binding", "cnf", bound.cnf()));
        List<Identity> beside = Stream.concat(
                        known.certificate().stream(),
                        subject instanceof Caller.Subject.Self(Optional<Identity> token)
                                ? token.stream()
                                : Stream.<Identity>empty())
                .toList();
        return new Caller(known.agent(), known.workload(), beside, subject, binding);
    }

    private Step<Caller.Subject> delegated(TokenRequest.Shown shown, Known known, Trail trail) {
        return delegationTokens
                .shown(shown.token(), shown.type(), known.agent())
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

    /** @param second its token beside what it was authenticated by */
    private static Step<Caller.Subject> actsForItself(Identity identity, Optional<Identity> second) {
        if (identity.claims().containsKey("act")) {
            return untrusted("actor_not_shown", "the subject token has an act claim and no actor was shown");
        }
        return identity.claims().containsKey("may_act") && !mayAct(identity, identity)
                ? untrusted("may_act_mismatch", "the subject token's may_act names somebody else")
                : Step.pass(new Caller.Subject.Self(second));
    }

    private Step<Caller> ownTask(TokenRequest.Shown shown, Known known, Held held, Trail trail) {
        if (shown.type() == TokenType.ID_TOKEN) {
            return untrusted("token_type_mismatch", "a task token was declared to be an id_token");
        }
        return taskTokens
                .live(shown.token())
                .then(live -> live.task().agentId().equals(known.agent().id())
                        ? sameHolder(live, held)
                        : untrusted(
                                "task_of_another_agent",
                                "the task token belongs to agent " + live.task().agent()))
                .then(live -> {
                    trail.task(live.task().id());
                    return Step.pass(caller(known, new Caller.Subject.OwnTask(live.task()), live.binding(), trail));
                });
    }

    /** What is granted for a task stays bound to what its token is bound to: nothing is shed, and nothing added later. */
    private static Step<TaskTokens.Live> sameHolder(TaskTokens.Live live, Held held) {
        if (live.binding().isPresent()) {
            return held.includes(live.binding().get())
                    ? Step.pass(live)
                    : untrusted("binding_mismatch", "the task token is bound to a key that this request does not show");
        }
        return held.proof().isEmpty()
                ? Step.pass(live)
                : Step.stop(Refusal.invalidRequest(
                        "binding_added_later",
                        "This task's token is bound to no key, and stays so; send no DPoP proof with it, or declare a new"
                                + " task."));
    }

    private Step<Caller.Subject> sameWorkload(Identity subject, Known known) {
        boolean sameIdentity = subject.issuer().equals(known.workload().issuer())
                && subject.subject().equals(known.workload().subject());
        // Its certificate and its token may be of two issuers.
        boolean same = sameIdentity
                || (known.method() == AgentAuthentication.Method.CERTIFICATE
                        && agents.agent(subject)
                                .filter(agent -> agent.id().equals(known.agent().id()))
                                .isPresent());
        if (same && known.method() == AgentAuthentication.Method.ASSERTION) {
            return AgentAuthentication.twoMethods();
        }
        return same
                ? actsForItself(subject, Optional.of(subject))
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
        boolean listed = known.agent().onBehalfOf().stream()
                .anyMatch(allowed -> allowed.issuer().equals(person.issuer())
                        && person.client().filter(allowed.clients()::contains).isPresent());
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
