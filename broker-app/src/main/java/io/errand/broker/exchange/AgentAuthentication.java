package io.errand.broker.exchange;

import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.agent.Standing;
import io.errand.broker.identity.Identity;
import io.errand.broker.identity.IdentityTokens;
import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.Possession;
import io.errand.broker.identity.Verification;
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

    Step<Known> authenticate(TokenRequest request, Possession possession, Trail trail) {
        return certified(possession)
                .then(certificate -> request.assertion() == null && request.actor() == null
                        ? alone(request, certificate, trail)
                        : shown(request, trail).then(known -> agrees(known, certificate)));
    }

    /** The identity in the connection's certificate, if it claims one. */
    private Step<Optional<Identity>> certified(Possession possession) {
        Optional<Verification> verification = tokens.verifyCertificate(possession.certificates());
        if (verification.isEmpty()) {
            return Step.pass(Optional.empty());
        }
        return switch (verification.get()) {
            case Verification.Verified(Identity identity) -> Step.pass(Optional.of(identity));
            case Verification.Rejected rejected ->
                Step.stop(Refusal.invalidClient(rejected.reason(), detail("client certificate", rejected)));
        };
    }

    private Step<Known> shown(TokenRequest request, Trail trail) {
        TokenRequest.Assertion assertion = request.assertion();
        TokenRequest.Shown actor = request.actor();
        TokenRequest.Shown subject = request.subject();
        if (assertion != null) {
            return actor != null || (subject != null && subject.token().equals(assertion.token()))
                    ? twoMethods()
                    : asserted(assertion, trail).then(identity -> known(request, identity, Method.ASSERTION, trail));
        }
        return actor == null || taskTokens.isOurs(actor.token())
                ? taskTokenAlone()
                : workload(actor, "actor_token", trail).then(identity -> known(request, identity, Method.ACTOR, trail));
    }

    /** Neither assertion nor actor: the connection says who it is, or the subject token does. */
    private Step<Known> alone(TokenRequest request, Optional<Identity> certificate, Trail trail) {
        TokenRequest.Shown subject = request.subject();
        if (certificate.isPresent()
                && (subject == null || agent(certificate.get()).isPresent())) {
            noted("client_certificate", certificate.get(), trail);
            return known(request, certificate.get(), Method.CERTIFICATE, trail);
        }
        if (subject == null) {
            return Step.stop(
                    Refusal.invalidClient("client_assertion_missing", "client_credentials without a client_assertion"));
        }
        return taskTokens.isOurs(subject.token())
                ? taskTokenAlone()
                : workload(subject, "subject_token", trail)
                        .then(identity -> known(request, identity, Method.SUBJECT, trail));
    }

    /** A certificate of nobody here only binds; one of another agent contradicts what was shown. */
    private Step<Known> agrees(Known known, Optional<Identity> certificate) {
        Optional<Agent> holder = certificate.flatMap(this::agent);
        if (holder.isEmpty()) {
            return Step.pass(known);
        }
        return holder.get().id().equals(known.agent().id())
                ? Step.pass(new Known(known.agent(), known.workload(), known.method(), certificate))
                : Step.stop(Refusal.invalidRequest(
                        "two_identities",
                        "The client certificate is another agent's; show who the agent is in one way."));
    }

    Optional<Agent> agent(Identity identity) {
        return agents.byIdentity(identity.issuer(), identity.subject());
    }

    private static Step<Known> taskTokenAlone() {
        return Step.stop(Refusal.untrusted(
                "task_token_alone", "a task token was shown where the agent's own workload token is due"));
    }

    /** RFC 6749 §2.3: not more than one method in a request. */
    static <T> Step<T> twoMethods() {
        return Step.stop(
                Refusal.invalidRequest(
                        "two_methods",
                        "Show who the agent is in one way: a client_assertion, an actor_token, or its own token as subject_token."));
    }

    /** Verifies a subject or actor token. */
    Step<Identity> verify(TokenRequest.Shown shown, Set<IssuerPurpose> purposes, String parameter, Trail trail) {
        return passed(
                tokens.verify(shown.token(), shown.type(), purposes),
                parameter,
                trail,
                rejected -> Refusal.untrusted(rejected.reason(), detail(parameter, rejected)));
    }

    private Step<Identity> workload(TokenRequest.Shown shown, String parameter, Trail trail) {
        return verify(shown, EnumSet.of(IssuerPurpose.WORKLOAD), parameter, trail);
    }

    private Step<Identity> asserted(TokenRequest.Assertion assertion, Trail trail) {
        return passed(
                tokens.verifyAssertion(assertion.token(), assertion.type()),
                "client_assertion",
                trail,
                rejected -> Refusal.invalidClient(rejected.reason(), detail("client_assertion", rejected)));
    }

    private static Step<Identity> passed(
            Verification verification,
            String parameter,
            Trail trail,
            Function<Verification.Rejected, Refusal> refusal) {
        return switch (verification) {
            case Verification.Rejected rejected ->
                Step.stop(
                        rejected.isForNow()
                                ? Refusal.undecided(rejected.reason(), detail(parameter, rejected))
                                : refusal.apply(rejected));
            case Verification.Verified(Identity identity) -> {
                noted(parameter, identity, trail);
                yield Step.pass(identity);
            }
        };
    }

    private static void noted(String parameter, Identity identity, Trail trail) {
        trail.passed("identity", "token", parameter, "issuer", identity.issuer(), "subject", identity.subject());
    }

    private static String detail(String parameter, Verification.Rejected rejected) {
        return parameter + (rejected.issuer() == null ? "" : " of issuer " + rejected.issuer()) + ": "
                + rejected.detail();
    }

    private Step<Known> known(TokenRequest request, Identity identity, Method method, Trail trail) {
        trail.who(identity.issuer() + ":" + identity.subject());
        Optional<Agent> found = agent(identity);
        if (found.isEmpty()) {
            String detail = "no agent is registered for this identity";
            return Step.stop(
                    method == Method.ASSERTION || method == Method.CERTIFICATE
                            ? Refusal.invalidClient("no_agent", detail)
                            : Refusal.untrusted("no_agent", detail));
        }
        Agent agent = found.get();
        trail.who("agent:" + agent.name());
        trail.agent(agent.name());
        // RFC 7521 §4.2: client_id names the client that the assertion is of. SPIFFE clients send their SPIFFE ID.
        String clientId = request.clientId();
        if (clientId != null && !clientId.equals(agent.name()) && !clientId.equals(identity.subject())) {
            return Step.stop(Refusal.invalidClient("client_id_mismatch", "client_id names somebody else"));
        }
        return switch (agents.standing(agent)) {
            case Standing.Bad(String reason, String detail) ->
                Step.stop(Refusal.accessDenied(reason, "This agent may not act now; its owner can tell why.", detail));
            case Standing.Good() -> {
                trail.passed("agent", "agent", agent.name(), "version", agent.version());
                yield Step.pass(new Known(agent, identity, method, Optional.empty()));
            }
        };
    }
}
