package io.errand.broker.policy;

/**
 * The policies in force at one moment, so that several requests are decided by the same ones. Two snapshots of the same versions
 * are equal.
 */
public interface PolicySnapshot {

    /** Anything that goes wrong is a denial (P5). It never throws. */
    PolicyDecision decide(PolicyRequest policyRequest);

    /** Whether an external decision point must agree, which may take as long as its timeout. */
    default boolean isSlow() {
        return false;
    }

    /** Whether a break-glass could change an answer about this agent at this tool; true where that is not known. */
    default boolean canBeLifted(String agent, String tool) {
        return true;
    }

    /** What is left to be agreed to: as {@link #decide}, but nobody outside is asked. */
    default PolicyDecision proposed(PolicyRequest policyRequest) {
        return decide(policyRequest);
    }
}
