/**
 * Owns: Probes of tools: a credential that is made, used, ended and looked for, before anybody depends on the tool's binding.
 *
 * <p>Promises: A probe's credential is a lease like any other (P1, P2), of a task that ends within a minute and that no agent has:
 * it counts for no agent, nobody is given it, and a lock on the tool, or on the agent that is to be activated, stops it.
 */
@ApplicationModule(
        allowedDependencies = {"shared", "agent", "audit", "credential", "database", "lease", "lock", "task", "tool"})
@NullMarked
package io.errand.broker.probe;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
