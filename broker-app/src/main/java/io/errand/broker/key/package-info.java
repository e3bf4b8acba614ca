/**
 * Owns: The broker's signing keys: made once, kept encrypted in the database under a key-encryption key, shared by all
 * replicas, replaced in time.
 *
 * <p>Promises: Every JWT that Errand signs is signed here, with a {@code typ} of its own; one is never accepted for
 * another. What was signed verifies until its key's retention is over.
 */
@ApplicationModule(allowedDependencies = {"shared", "crypto"})
@NullMarked
package io.errand.broker.key;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
