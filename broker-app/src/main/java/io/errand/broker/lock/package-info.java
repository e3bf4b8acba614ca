/**
 * Owns: locks, the standing denials that stop an agent, an owner, a person, a task or its tree, a tool, an issuer, or everything.
 *
 * <p>Promises: a grant either commits before a lock is set, and is then swept, or sees the lock: both go through one advisory
 * lock, and every check reads the table itself, so no replica can answer yes from memory (P5, P8).
 */
@ApplicationModule(allowedDependencies = {"shared", "audit", "database", "task"})
@NullMarked
package io.errand.broker.lock;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
