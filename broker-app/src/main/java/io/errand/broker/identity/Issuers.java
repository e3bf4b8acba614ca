package io.errand.broker.identity;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Which issuers there are, by their names. */
public interface Issuers {

    boolean isRegistered(String name);

    /** All names, ten thousand at most. */
    List<String> names();

    /**
     * One of them.
     *
     * @param identifier what its tokens say in {@code iss}; of a trust domain, its SPIFFE ID
     * @param isMapped whether its subjects are made of other claims than {@code sub}
     */
    record Registered(String name, String identifier, IssuerPurpose purpose, boolean isMapped) {}

    Optional<Registered> byName(String name);

    Optional<Registered> byIdentifier(String identifier);

    /**
     * Whether all of these are registered still, in a transaction that keeps an issuer from being deleted until it is over; nothing is
     * asked where nothing registered has changed since the request began.
     */
    boolean hold(Collection<String> names);
}
