/**
 * Owns: Tasks, their tree, and the delegations that it grows by.
 *
 * <p>Promises: P3: a task is never wider than what it came from, and never ends later; its end is the end of all below it. P6: its end is the database's
 * time.
 */
@ApplicationModule(allowedDependencies = {"shared", "agent", "audit", "database", "tool"})
@NullMarked
package io.errand.broker.task;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
