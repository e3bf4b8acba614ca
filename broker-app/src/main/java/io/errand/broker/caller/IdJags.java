package io.errand.broker.caller;

import io.errand.broker.caller.AgentAuthentication.Known;
import io.errand.broker.identity.Identity;
import io.errand.broker.identity.KeyBinding;
import io.errand.broker.identity.Verification;
import io.errand.broker.identity.jwt.IdentityTokens;
import java.util.Optional;
import org.springframework.stereotype.Component;

/**
 * The assertion of the grant {@code jwt-bearer} (RFC 7523 §2.1): an Identity Assertion Authorization Grant (ID-JAG, draft -05), by
 * which a person's own issuer says that an agent acts for them here, and on what.
 */
@Component
class IdJags {

    private final IdentityTokens tokens;

    IdJags(IdentityTokens tokens) {
        this.tokens = tokens;
    }

    GrantStep<Caller.Subject> subject(
            String assertion, Known known, PresentedKeys presentedKeys, DecisionTrace decisionTrace) {
        return switch (tokens.verifyGrant(assertion)) {
            case Verification.Rejected rejected ->
                GrantStep.stop(
                        rejected.isForNow()
                                ? Refusal.undecided(rejected.reason(), rejected.detail())
                                : Refusal.badAssertion(rejected.reason(), rejected.detail()));
            case Verification.Verified(Identity person) -> {
                decisionTrace.passed(
                        "identity", "token", "assertion", "issuer", person.issuer(), "subject", person.subject());
                yield subject(person, known, presentedKeys);
            }
        };
    }

    private static GrantStep<Caller.Subject> subject(Identity person, Known known, PresentedKeys presentedKeys) {
        if (!known.agent().name().equals(person.claims().get("client_id"))) {
            return bad("assertion_of_another_client", "client_id is not the agent that authenticated");
        }
        if (known.agent().onBehalfOf().stream()
                .noneMatch(allowed -> allowed.issuer().equals(person.issuer()))) {
            return bad("on_behalf_of_not_allowed", "the agent's on_behalf_of does not list the issuer");
        }
        if (person.claims().containsKey("act") || person.claims().containsKey("may_act")) {
            return bad("chain_unknown", "the assertion speaks of other actors");
        }
        if (person.claims().containsKey("cnf")
                && KeyBinding.of(person.claims())
                        .filter(presentedKeys::includes)
                        .isEmpty()) {
            return bad("binding_mismatch", "the assertion is bound to a key that this request does not show");
        }
        Optional<Mandate> mandate = Mandate.of(person.claims());
        return mandate.isPresent()
                ? GrantStep.pass(new Caller.Subject.Person(person, mandate))
                : bad("mandate_malformed", "authorization_details, resource or scope has not the form of its standard");
    }

    private static <T> GrantStep<T> bad(String reason, String detail) {
        return GrantStep.stop(Refusal.badAssertion(reason, detail));
    }
}
