package io.errand.broker.agent;

/** What this room tells upwards: an identity that was verified asked for something, and is no agent's. It never throws or waits. */
@FunctionalInterface
public interface UnknownIdentities {

    /** @param issuer its registered name */
    void seen(String issuer, String subject);
}
