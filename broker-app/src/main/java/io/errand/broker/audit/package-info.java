/**
 * Owns: The audit log: events, their places in a Merkle tree, what was signed of it, exports and proofs (docs/audit.md).
 *
 * <p>Promises: P4: an event is inserted in the transaction of its effect; without a transaction it is an error. Each committed event has
 * one place, within two seconds; what has one is never changed, and personal text can be erased all the same.
 */
@ApplicationModule(allowedDependencies = {"shared", "database", "key"})
@NullMarked
package io.errand.broker.audit;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
