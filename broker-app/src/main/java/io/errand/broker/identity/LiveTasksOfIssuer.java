package io.errand.broker.identity;

/** A question that this room asks upwards: what goes on by an issuer's identities, in the transaction of a change of the issuer. */
public interface LiveTasksOfIssuer {

    /**
     * Whether there is a task in whose chain one of its identities stands. Grants that are under way are waited for, and those that
     * come wait for the transaction.
     */
    boolean any(String issuer);

    /** Ends all of them, with their credentials. */
    void end(String issuer, String reason, String who);
}
