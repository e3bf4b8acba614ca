package io.errand.broker.credential;

import java.util.Set;

/** What a target's own log calls the holder of a credential. */
public sealed interface Logged {

    /** Any of these names is this credential's, and no other's. */
    record As(Set<String> names) implements Logged {}

    /** It says nothing by which this credential could be told from others. */
    record Nothing() implements Logged {}

    /** @param cause why nobody knows now, as a sentence; asking again may help */
    record Unknown(String cause) implements Logged {}
}
