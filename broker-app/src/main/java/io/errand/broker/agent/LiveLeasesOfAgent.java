package io.errand.broker.agent;

/** A question that this room asks upwards; the room that keeps the leases answers it. */
public interface LiveLeasesOfAgent {

    boolean any(String agent);

    /** Makes every live lease of the agent REVOKING, in the transaction under way. */
    void revoke(String agent, String reason, String who);
}
