/**
 * Owns: The lease state machine, the revocation worker and receipts.
 *
 * <p>Promises: P1: nothing usable exists before a committed row names it. P2: REVOKED only after the broker looked. P8:
 * any replica finishes what another began.
 */
@ApplicationModule(allowedDependencies = {"shared", "credential", "tool", "task", "lock", "key", "audit"})
@NullMarked
package io.errand.broker.lease;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
