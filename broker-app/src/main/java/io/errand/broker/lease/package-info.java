/**
 * Owns: The lease state machine, renewals, caps, the revocation worker, operators' revocations with their manifests,
 * reconciliation and receipts.
 *
 * <p>Promises: P1: nothing usable exists before a committed row names it. P2: REVOKED only after the broker looked. P3: a
 * renewal never passes its task's end and brings nothing back. P8: any replica finishes what another began. What stands at a
 * target and no row knows is destroyed and told; one target that is down delays no other. A database that is a copy of another,
 * or was restored, destroys and makes nothing until a person decides.
 */
@ApplicationModule(allowedDependencies = {"shared", "audit", "credential", "database", "key", "lock", "task", "tool"})
@NullMarked
package io.errand.broker.lease;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
