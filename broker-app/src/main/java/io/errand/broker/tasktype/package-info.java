/**
 * Owns: The registry of task types: what a task of a type must say, and to what it is kept.
 *
 * <p>Promises: A type narrows what agent and tool allow and never widens it (P3); one that nobody registered narrows nothing.
 */
@ApplicationModule(allowedDependencies = {"shared", "audit", "database", "tool"})
@NullMarked
package io.errand.broker.tasktype;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
