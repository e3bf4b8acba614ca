/**
 * Owns: The audit log.
 *
 * <p>Promises: P4: an event is inserted in the transaction of its effect; without a transaction it is an error.
 */
@ApplicationModule(allowedDependencies = {"shared", "key"})
@NullMarked
package io.errand.broker.audit;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
