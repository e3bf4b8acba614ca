package io.errand.broker.credential;

import java.util.UUID;

/**
 * Which deployment the broker's database is of, for the marks that backends leave at their targets. Two databases with one id are
 * copies of each other; which of them wrote last at a target is known by the nonce there, which each reconciliation renews.
 */
public interface Deployment {

    UUID id();

    /** Whether the database wrote this nonce somewhere: two targets may be databases of one server, which has one mark. */
    boolean wrote(UUID nonce);

    /** A new nonce for the target, committed before it is written there. */
    UUID renew(String target);

    /** The target has a nonce that this database did not write: nothing is destroyed or made until somebody decides. */
    void doubt(String target, UUID nonce);
}
