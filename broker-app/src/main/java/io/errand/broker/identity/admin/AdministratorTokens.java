package io.errand.broker.identity.admin;

import io.errand.broker.identity.Verification.Rejected;
import io.errand.broker.shared.Person;
import java.util.Set;

/** The other face of this room: whether a bearer token is an administrator's, or a machine's with a role. */
public interface AdministratorTokens {

    sealed interface Standing {}

    /**
     * @param person who it is
     * @param roles those that exist here, for example {@code errand.admin} or {@code errand.introspect}
     */
    record Administrator(Person person, Set<String> roles) implements Standing {}

    record Stranger(Rejected why) implements Standing {}

    /** Verifies it as any other token, with the administrators' issuer and {@code {issuer}/admin} as the one audience. */
    Standing verify(String bearer);

    /**
     * Verifies an ID token of the same issuer (OIDC Core §3.1.3.7), which says the same of a person as a bearer token does.
     *
     * @param clientId the client that it must be for, and, where it names an authorized party, that must be it
     */
    Standing verifyIdToken(String idToken, String clientId);
}
