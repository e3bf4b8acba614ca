package io.errand.broker.exchange;

import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.agent.Standing;
import io.errand.broker.identity.Identity;
import io.errand.broker.identity.IdentityTokens;
import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.Verification;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.springframework.stereotype.Component;

/**
 * Which agent is asking. It shows who it is in one way: a client assertion, an actor token, or a subject token that is its own. A
 * task token alone never authenticates anybody.
 */
@Component
class AgentAuthentication {

    private final IdentityTokens tokens;
    private final Agents agents;

    AgentAuthentication(IdentityTokens tokens, Agents agents) {
        this.tokens = tokens;
        this.agents = agents;
    }

    /** How an agent showed who it is. */
    enum Method {
        ASSERTION,
        ACTOR,
        SUBJECT
    }

    /**
     * An agent that may act.
     *
     * @param workload what was verified of it
     */
    record Known(Agent agent, Identity workload, Method method) {}

    Step<Known> authenticate(TokenRequest request, Trail trail) {
        TokenRequest.Assertion assertion = request.assertion();
        TokenRequest.Shown actor = request.actor();
        TokenRequest.Shown subject = request.subject();
        if (assertion != null) {
            return actor != null || (subject != null && subject.token().equals(assertion.token()))
                    ? twoMethods()
                    : asserted(assertion, trail).then(identity -> known(request, identity, Method.ASSERTION, trail));
        }
        if (actor != null) {
            return workload(actor, "actor_token", trail)
                    .then(identity -> known(request, identity, Method.ACTOR, trail));
        }
        return subject == null
                ? Step.stop(Refusal.invalidClient(
                        "client_assertion_missing", "client_credentials without a client_assertion"))
                : workload(subject, "subject_token", trail)
                        .then(identity -> known(request, identity, Method.SUBJECT, trail));
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
            case Verification.Rejected rejected -> Step.stop(refusal.apply(rejected));
            case Verification.Verified(Identity identity) -> {
                trail.passed(
                        "identity", "token", parameter, "issuer", identity.issuer(), "subject", identity.subject());
                yield Step.pass(identity);
            }
        };
    }

    private static String detail(String parameter, Verification.Rejected rejected) {
        return parameter + (rejected.issuer() == null ? "" : " of issuer " + rejected.issuer()) + ": "
                + rejected.detail();
    }

    private Step<Known> known(TokenRequest request, Identity identity, Method method, Trail trail) {
        trail.who(identity.issuer() + ":" + identity.subject());
        Optional<Agent> found = agents.byIdentity(identity.issuer(), identity.subject());
        if (found.isEmpty()) {
            String detail = "no agent is registered for this identity";
            return Step.stop(
                    method == Method.ASSERTION
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
                yield Step.pass(new Known(agent, identity, method));
            }
        };
    }
}
