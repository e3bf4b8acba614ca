/**
 * Owns: what targets have logged themselves, held against what leases allow (docs/observation.md).
 *
 * <p>Promises: each record of a target's log is read once, whole, through rotations and restarts. Who a session was is what the target
 * says, never what the session wrote; no text of a statement is kept. What no lease allows is an event within ten seconds (P4).
 */
@ApplicationModule(allowedDependencies = {"shared", "credential", "lease", "task", "audit"})
@NullMarked
package io.errand.broker.observation;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
