/**
 * Owns: The registry of agents: owner, identities, ceiling, fingerprint, lifecycle.
 *
 * <p>Promises: An identity belongs to one agent; an agent without an owner, suspended, retired or past review gets
 * nothing.
 */
@ApplicationModule(allowedDependencies = {"shared", "audit", "database", "identity"})
@NullMarked
package io.errand.broker.agent;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
