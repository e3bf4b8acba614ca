package io.errand.broker.agent;

import io.errand.api.Fingerprint;

/** A public face of this room: agents that are not made of what they were. */
public interface DriftedAgents {

    /**
     * Suspends it, if its registration says so and it is active, in a transaction of its own; what lives of it ends with that. An
     * administrator activates it again.
     */
    void seen(String agent, String reason);

    /**
     * Makes what it declared, and its owner approved, what it is compared with from now on, in a transaction of its own: the members
     * that it named, beside those that it did not. Not if it is made of something else by now than when its owner was asked.
     *
     * @param asked as it was when its owner was asked
     * @param who approved it
     * @param reason names the approval
     */
    void approved(Agent asked, Fingerprint declared, String who, String reason);
}
