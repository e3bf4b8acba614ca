package io.errand.broker.agent;

import java.util.Optional;

/** The public face of this room. */
public interface Agents {

    Optional<Agent> byIdentity(String issuer, String subject);

    Optional<Agent> byName(String name);

    /** Active, owned, and not past its review day (which is the database's day, UTC). */
    Standing standing(Agent agent);
}
