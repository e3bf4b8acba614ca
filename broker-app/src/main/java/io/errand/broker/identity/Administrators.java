package io.errand.broker.identity;

import java.util.Optional;
import java.util.Set;

/** People and machines that the administrators' issuer vouches for. */
public interface Administrators {

    /** Whoever a bearer token with the administrators' audience speaks for. */
    Optional<Administrator> verify(String bearer);

    /** @param name {@code person:<issuer>:<sub>}, as in the audit log */
    record Administrator(String name, Set<String> roles) {}
}
