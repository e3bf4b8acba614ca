/**
 * Owns: Cedar policies, their versions, and the decision.
 *
 * <p>Promises: P5: no matching permit is a denial; so is a policy set that is empty or cannot be read.
 */
@ApplicationModule(allowedDependencies = {"shared", "agent", "audit", "database", "task", "tool"})
@NullMarked
package io.errand.broker.policy;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
