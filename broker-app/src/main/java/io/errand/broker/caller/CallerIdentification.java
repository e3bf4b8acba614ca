package io.errand.broker.caller;

import io.errand.broker.caller.AgentAuthentication.Known;
import io.errand.broker.identity.Identity;
import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.KeyBinding;
import io.errand.broker.identity.Possession;
import io.errand.broker.identity.TokenType;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Identifies the caller: the first two steps of an exchange (identity, agent), and the key to which the grant will be bound. */
@Component
public class CallerIdentification {

    private final AgentAuthentication agents;
    private final TaskTokens taskTokens;
    private final DelegationTokens delegationTokens;
    private final IdJags idJags;
    private final ProofOfPossession proofOfPossession;

    CallerIdentification(
            AgentAuthentication agents,
            TaskTokens taskTokens,
            DelegationTokens delegationTokens,
            IdJags idJags,
            ProofOfPossession proofOfPossession) {
        this.agents = agents;
        this.taskTokens = taskTokens;
        this.delegationTokens = delegationTokens;
        this.idJags = idJags;
        this.proofOfPossession = proofOfPossession;
    }

    /** The proof comes first: a client that is to repeat with a nonce has not used up its single-use tokens by then. */
    public GrantStep<Caller> identify(TokenRequest request, Possession possession, DecisionTrace decisionTrace) {
        return proofOfPossession
                .check(possession, null)
                .then(presentedKeys -> agents.authenticate(request, possession, decisionTrace)
                        .then(known -> subject(request, known, presentedKeys, decisionTrace))
                        .then(caller -> proofOfPossession.once(presentedKeys, caller)));
    }

    private GrantStep<Caller> subject(
            TokenRequest request, Known known, PresentedKeys presentedKeys, DecisionTrace decisionTrace) {
        TokenRequest.Shown shown = request.subject();
        if (shown != null && shown.type() == TokenType.ID_JAG) {
            return idJags.subject(shown.token(), known, presentedKeys, decisionTrace)
                    .map(subject -> caller(known, subject, presentedKeys.binding(), decisionTrace));
        }
        if (shown != null && taskTokens.isOurs(shown.token())) {
            return ownTask(shown, known, presentedKeys, decisionTrace);
        }
        return subject(request, known, decisionTrace)
                .map(subject -> caller(known, subject, presentedKeys.binding(), decisionTrace));
    }

    private GrantStep<Caller.Subject> subject(TokenRequest request, Known known, DecisionTrace decisionTrace) {
        TokenRequest.Shown shown = request.subject();
        TokenRequest.Shown actor = request.actor();
        if (shown == null
                || known.method() == AgentAuthentication.Method.SUBJECT
                || (actor != null && shown.token().equals(actor.token()))) {
            return actsForItself(known.workload(), Optional.empty());
        }
        if (delegationTokens.isOurs(shown.token())) {
            return delegated(shown, known, decisionTrace);
        }
        return agents.verify(shown, EnumSet.allOf(IssuerPurpose.class), "subject_token", decisionTrace)
                .then(subject -> switch (subject.purpose()) {
                    case PERSON -> person(subject, known);
                    case ERRAND -> vouched(subject, known);
                    case WORKLOAD -> sameWorkload(subject, known);
                });
    }

    private static Caller caller(
            Known known, Caller.Subject subject, Optional<KeyBinding> binding, DecisionTrace decisionTrace) {
        binding.ifPresent(bound -> decisionTrace.passed("binding", "cnf", bound.cnf()));
        List<Identity> beside = Stream.concat(
                        known.certificate().stream(),
                        subject instanceof Caller.Subject.Self(Optional<Identity> token)
                                ? token.stream()
                                : Stream.<Identity>empty())
                .toList();
        return new Caller(known.agent(), known.workload(), beside, subject, binding);
    }

    private GrantStep<Caller.Subject> delegated(TokenRequest.Shown shown, Known known, DecisionTrace decisionTrace) {
        return delegationTokens
                .shown(shown.token(), shown.type(), known.agent())
                .then(delegation -> {
                    decisionTrace.passed(
                            "delegation",
                            "id",
                            delegation.id().toString(),
                            "parent",
                            delegation.parent().id().toString(),
                            "chain",
                            delegation.parent().chain());
                    return GrantStep.pass(new Caller.Subject.Delegated(delegation));
                });
    }

    /** @param second its token beside what it was authenticated by */
    private static GrantStep<Caller.Subject> actsForItself(Identity identity, Optional<Identity> second) {
        if (identity.claims().containsKey("act")) {
            return untrusted("actor_not_shown", "the subject token has an act claim and no actor was shown");
        }
        return identity.claims().containsKey("may_act") && !mayAct(identity, identity)
                ? untrusted("may_act_mismatch", "the subject token's may_act names somebody else")
                : GrantStep.pass(new Caller.Subject.Self(second));
    }

    private GrantStep<Caller> ownTask(
            TokenRequest.Shown shown, Known known, PresentedKeys presentedKeys, DecisionTrace decisionTrace) {
        if (shown.type() == TokenType.ID_TOKEN) {
            return untrusted("token_type_mismatch", "a task token was declared to be an id_token");
        }
        return taskTokens
                .live(shown.token())
                .then(live -> live.task().agentId().equals(known.agent().id())
                        ? sameHolder(live, presentedKeys)
                        : untrusted(
                                "task_of_another_agent",
                                "the task token belongs to agent " + live.task().agent()))
                .then(live -> {
                    decisionTrace.task(live.task().id());
                    return GrantStep.pass(
                            caller(known, new Caller.Subject.OwnTask(live.task()), live.binding(), decisionTrace));
                });
    }

    /** What is granted for a task stays bound to what its token is bound to: nothing is shed, and nothing added later. */
    private static GrantStep<TaskTokens.Live> sameHolder(TaskTokens.Live live, PresentedKeys presentedKeys) {
        if (live.binding().isPresent()) {
            return presentedKeys.includes(live.binding().get())
                    ? GrantStep.pass(live)
                    : untrusted("binding_mismatch", "the task token is bound to a key that this request does not show");
        }
        return presentedKeys.proof().isEmpty()
                ? GrantStep.pass(live)
                : GrantStep.stop(Refusal.invalidRequest(
                        "binding_added_later",
                        "This task's token is bound to no key, and stays so; send no DPoP proof with it, or declare a new"
                                + " task."));
    }

    private GrantStep<Caller.Subject> sameWorkload(Identity subject, Known known) {
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

    /** The agent lists that deployment, and the agent there; what the credential allows is all that is granted. */
    private static GrantStep<Caller.Subject> vouched(Identity subject, Known known) {
        if (!isListed(subject, known)) {
            return untrusted(
                    "on_behalf_of_not_allowed", "the agent does not act for that agent of the other deployment");
        }
        Optional<Mandate> mandate = Mandate.of(subject.claims());
        return mandate.filter(one -> one.details() != null).isPresent()
                ? GrantStep.pass(new Caller.Subject.Person(subject, mandate))
                : untrusted("mandate_malformed", "the credential has no authorization_details that can be read");
    }

    private static boolean isListed(Identity subject, Known known) {
        return known.agent().onBehalfOf().stream()
                .anyMatch(allowed -> allowed.issuer().equals(subject.issuer())
                        && subject.client().filter(allowed.clients()::contains).isPresent());
    }

    /** The token names the agent itself, or it came through a client that the agent's registration lists. */
    private static GrantStep<Caller.Subject> person(Identity person, Known known) {
        if (person.claims().containsKey("act")) {
            return untrusted("chain_unknown", "the person's token was already given to another actor");
        }
        if (person.claims().containsKey("may_act")) {
            return mayAct(person, known.workload())
                    ? GrantStep.pass(new Caller.Subject.Person(person, Optional.empty()))
                    : untrusted("may_act_mismatch", "the person's token names another actor in may_act");
        }
        return isListed(person, known)
                ? GrantStep.pass(new Caller.Subject.Person(person, Optional.empty()))
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

    private static <T> GrantStep<T> untrusted(String reason, @Nullable String detail) {
        return GrantStep.stop(Refusal.untrusted(reason, String.valueOf(detail)));
    }
}
