package io.errand.broker.tool;

import java.util.Optional;

/** The public face of this room. */
public interface Tools {

    Optional<Tool> byName(String name);

    /** The tool one of whose {@code locations} this is, character by character (RFC 8707 {@code resource}). */
    Optional<Tool> byLocation(String location);
}
