package io.errand.broker.identity;

import java.util.Collection;
import java.util.List;

/** Which issuers there are, by their names. */
public interface Issuers {

    boolean isRegistered(String name);

    /** All names, ten thousand at most. */
    List<String> names();

    /**
     * Whether all of these are registered still, in a transaction that keeps an issuer from being deleted until it is over; nothing is
     * asked where nothing registered has changed since the request began.
     */
    boolean hold(Collection<String> names);
}
