package io.errand.broker.agent;

import java.util.Optional;

/** The public face of this room. */
public interface Agents {

    /** Whose identity it is: the agent with exactly this subject, else the one with the longest prefix of it. */
    Optional<Agent> byIdentity(String issuer, String subject);

    Optional<Agent> byName(String name);

    /**
     * Whether the agent is still what was read, held so until the transaction under way is over: a change of it comes before, and is
     * seen here, or after, and sees what this transaction did.
     */
    boolean hold(Agent agent);

    /** Active, owned, and not past its review day (which is the database's day, UTC). */
    Standing standing(Agent agent);
}
