package io.errand.broker.caller;

import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.agent.Standing;
import io.errand.broker.identity.Identity;
import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.Possession;
import io.errand.broker.identity.Verification;
import io.errand.broker.identity.jwt.IdentityTokens;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.springframework.stereotype.Component;

/**
 * Which agent is asking. It shows who it is in one way: a client assertion, an actor token, a subject token that is its own, or
 * the X.509-SVID of its TLS connection. A task token alone never authenticates anybody.
 */
@Component
class AgentAuthentication {

    private final IdentityTokens tokens;
    private final Agents agents;
    private final TaskTokens taskTokens;

    AgentAuthentication(IdentityTokens tokens, Agents agents, TaskTokens taskTokens) {
        this.tokens = tokens;
        this.agents = agents;
        this.taskTokens = taskTokens;
    }

    /** How an agent showed who it is. */
    enum Method {
        ASSERTION,
        ACTOR,
        SUBJECT,
        CERTIFICATE
    }

    /**
     * An agent that may act.
     *
     * @param workload what was verified of it
     * @param certificate that of its connection, where that is another identity of the agent
     */
    record Known(Agent agent, Identity workload, Method method, Optional<Identity> certificate) {}

    GrantStep<Known> authenticate(TokenRequest request, Possession possession, DecisionTrace decisionTrace) {
        return certified(possession)
                .then(certificate -> request.assertion() == null && request.actor() == null
                        ? alone(request, certificate, decisionTrace)
                        : shown(request, decisionTrace).then(known -> agrees(known, certificate)));
    }

    /** The identity in the connection's certificate, if it claims one. */
    private GrantStep<Optional<Identity>> certified(Possession possession) {
        Optional<Verification> verification = tokens.verifyCertificate(possession.certificates());
        if (verification.isEmpty()) {
            return GrantStep.pass(Optional.empty());
        }
        return switch (verification.get()) {
            case Verification.Verified(Identity identity) -> GrantStep.pass(Optional.of(identity));
            case Verification.Rejected rejected ->
                GrantStep.stop(Refusal.invalidClient(rejected.reason(), detail("client certificate", rejected)));
        };
    }

    private GrantStep<Known> shown(TokenRequest request, DecisionTrace decisionTrace) {
        TokenRequest.Assertion assertion = request.assertion();
        TokenRequest.Shown actor = request.actor();
        TokenRequest.Shown subject = request.subject();
        if (assertion != null) {
            return actor != null || (subject != null && subject.token().equals(assertion.token()))
                    ? twoMethods()
                    : asserted(assertion, decisionTrace)
                            .then(identity -> known(request, identity, Method.ASSERTION, decisionTrace));
        }
        return actor == null || taskTokens.isOurs(actor.token())
                ? taskTokenAlone()
                : workload(actor, "actor_token", decisionTrace)
                        .then(identity -> known(request, identity, Method.ACTOR, decisionTrace));
    }

    /** Neither assertion nor actor: the connection says who it is, or the subject token does. */
    private GrantStep<Known> alone(TokenRequest request, Optional<Identity> certificate, DecisionTrace decisionTrace) {
        TokenRequest.Shown subject = request.isByAssertion() ? null : request.subject();
        if (certificate.isPresent()
                && (subject == null || agent(certificate.get()).isPresent())) {
            noted("client_certificate", certificate.get(), decisionTrace);
            return known(request, certificate.get(), Method.CERTIFICATE, decisionTrace);
        }
        if (subject == null) {
            return GrantStep.stop(
                    Refusal.invalidClient("client_assertion_missing", "nothing of the agent's own was shown"));
        }
        return taskTokens.isOurs(subject.token())
                ? taskTokenAlone()
                : workload(subject, "subject_token", decisionTrace)
                        .then(identity -> known(request, identity, Method.SUBJECT, decisionTrace));
    }

    /** A certificate of nobody here only binds; one of another agent contradicts what was shown. */
    private GrantStep<Known> agrees(Known known, Optional<Identity> certificate) {
        Optional<Agent> holder = certificate.flatMap(this::agent);
        if (holder.isEmpty()) {
            return GrantStep.pass(known);
        }
        return holder.get().id().equals(known.agent().id())
                ? GrantStep.pass(new Known(known.agent(), known.workload(), known.method(), certificate))
                : GrantStep.stop(Refusal.invalidRequest(
                        "two_identities",
                        "The client certificate is another agent's; show who the agent is in one way."));
    }

    Optional<Agent> agent(Identity identity) {
        return agents.byIdentity(identity.issuer(), identity.subject());
    }

    private static GrantStep<Known> taskTokenAlone() {
        return GrantStep.stop(Refusal.untrusted(
                "task_token_alone", "a task token was shown where the agent's own workload token is due"));
    }

    /** RFC 6749 §2.3: not more than one method in a request. */
    static <T> GrantStep<T> twoMethods() {
        return GrantStep.stop(
                Refusal.invalidRequest(
                        "two_methods",
                        "Show who the agent is in one way: a client_assertion, an actor_token, or its own token as subject_token."));
    }

    /** Verifies a subject or actor token. */
    GrantStep<Identity> verify(
            TokenRequest.Shown shown, Set<IssuerPurpose> purposes, String parameter, DecisionTrace decisionTrace) {
        return passed(
                tokens.verify(shown.token(), shown.type(), purposes),
                parameter,
                decisionTrace,
                rejected -> Refusal.untrusted(rejected.reason(), detail(parameter, rejected)));
    }

    private GrantStep<Identity> workload(TokenRequest.Shown shown, String parameter, DecisionTrace decisionTrace) {
        return verify(shown, EnumSet.of(IssuerPurpose.WORKLOAD), parameter, decisionTrace);
    }

    private GrantStep<Identity> asserted(TokenRequest.Assertion assertion, DecisionTrace decisionTrace) {
        return passed(
                tokens.verifyAssertion(assertion.token(), assertion.type()),
                "client_assertion",
                decisionTrace,
                rejected -> Refusal.invalidClient(rejected.reason(), detail("client_assertion", rejected)));
    }

    private static GrantStep<Identity> passed(
            Verification verification,
            String parameter,
            DecisionTrace decisionTrace,
            Function<Verification.Rejected, Refusal> refusal) {
        return switch (verification) {
            case Verification.Rejected rejected ->
                GrantStep.stop(
                        rejected.isForNow()
                                ? Refusal.undecided(rejected.reason(), detail(parameter, rejected))
                                : refusal.apply(rejected));
            case Verification.Verified(Identity identity) -> {
                noted(parameter, identity, decisionTrace);
                yield GrantStep.pass(identity);
            }
        };
    }

    private static void noted(String parameter, Identity identity, DecisionTrace decisionTrace) {
        decisionTrace.passed(
                "identity", "token", parameter, "issuer", identity.issuer(), "subject", identity.subject());
    }

    private static String detail(String parameter, Verification.Rejected rejected) {
        return parameter + (rejected.issuer() == null ? "" : " of issuer " + rejected.issuer()) + ": "
                + rejected.detail();
    }

    private GrantStep<Known> known(
            TokenRequest request, Identity identity, Method method, DecisionTrace decisionTrace) {
        decisionTrace.who(identity.issuer() + ":" + identity.subject());
        Optional<Agent> found = agent(identity);
        if (found.isEmpty()) {
            decisionTrace.nobody(identity);
            String detail = "no agent is registered for this identity";
            return GrantStep.stop(
                    method == Method.ASSERTION || method == Method.CERTIFICATE
                            ? Refusal.invalidClient("no_agent", detail)
                            : Refusal.untrusted("no_agent", detail));
        }
        Agent agent = found.get();
        decisionTrace.who("agent:" + agent.name());
        decisionTrace.agent(agent.name());
        // RFC 7521 §4.2: client_id names the client that the assertion is of. SPIFFE clients send their SPIFFE ID.
        String clientId = request.clientId();
        if (clientId != null && !clientId.equals(agent.name()) && !clientId.equals(identity.subject())) {
            return GrantStep.stop(Refusal.invalidClient("client_id_mismatch", "client_id names somebody else"));
        }
        if (agents.standing(agent) instanceof Standing.Bad(String reason, String detail)) {
            return GrantStep.stop(
                    Refusal.accessDenied(reason, "This agent may not act now; its owner can tell why.", detail));
        }
        decisionTrace.passed("agent", "agent", agent.name(), "version", agent.version());
        return GrantStep.pass(new Known(agent, identity, method, Optional.empty()));
    }
}
