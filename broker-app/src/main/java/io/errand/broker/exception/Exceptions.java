package io.errand.broker.exception;

import java.util.Set;

/** The public face of this room: what is an agent let off at a tool? */
public interface Exceptions {

    /** The names of those that count now. */
    Set<String> of(String agent, String tool);

    /**
     * Whether these still count, by the time of the database, seen in the transaction under way; an end comes after it, or is seen
     * here.
     */
    boolean isStill(String agent, String tool, Set<String> names);
}
