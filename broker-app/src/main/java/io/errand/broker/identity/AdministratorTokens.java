package io.errand.broker.identity;

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
}
