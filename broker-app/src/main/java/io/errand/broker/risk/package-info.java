/**
 * Owns: How risky a request is held to be, and what raises that for a time: signals of operators, and of registered transmitters, about an
 * agent or a session.
 *
 * <p>Promises: A signal counts from its commit on, for what is asked then and, since live leases are decided again, for what lives;
 * it never counts less than it says, and ends by itself.
 */
@ApplicationModule(allowedDependencies = {"shared", "agent", "audit", "database", "task", "tasktype", "tool"})
@NullMarked
package io.errand.broker.risk;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
