/**
 * Owns: what agents use of what they may have: reports, smaller ceilings, and what nobody uses.
 *
 * <p>Promises: It only reads, the tables of other rooms and the audit log, within limits that its answers name; nothing that is
 * granted depends on it. A smaller ceiling is proposed to the agent's owner, and never set.
 */
@ApplicationModule(allowedDependencies = {"shared", "agent", "audit", "policy"})
@NullMarked
package io.errand.broker.usage;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
