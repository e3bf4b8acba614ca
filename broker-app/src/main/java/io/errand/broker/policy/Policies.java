package io.errand.broker.policy;

/** The public face of this room: may it? */
public interface Policies {

    /** What is in force now. It never throws: if that cannot be read, every answer is a denial. */
    PolicySnapshot inForce();

    /** Whether that is still what is in force, looked at in the transaction under way if there is one. */
    boolean isInForce(PolicySnapshot book);

    /** Evaluates the active policies; anything that goes wrong is a denial (P5). It never throws. */
    default PolicyDecision decide(PolicyRequest policyRequest) {
        return inForce().decide(policyRequest);
    }
}
