package io.errand.broker.agent;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The public face of this room. */
public interface Agents {

    /** Whose identity it is: the agent with exactly this subject, else the one with the longest prefix of it. */
    Optional<Agent> byIdentity(String issuer, String subject);

    /** The name of the agent that has exactly this identity, and not by a prefix; of a retired one too. */
    Optional<String> withExactly(String issuer, String subject);

    Optional<Agent> byName(String name);

    /**
     * Whether the agent is still what was read, held so until the transaction under way is over: a change of it comes before, and is
     * seen here, or after, and sees what this transaction did.
     */
    boolean hold(Agent agent);

    /** Active, owned, and not past its review day (which is the database's day, UTC). */
    Standing standing(Agent agent);

    /** Lets go of the identities of a retired agent, in the transaction under way: they may become another's. */
    void releaseIdentities(UUID agent);

    /** Agents whose {@code delegates_to} has the name. */
    List<String> thatHandOnTo(String agent);
}
