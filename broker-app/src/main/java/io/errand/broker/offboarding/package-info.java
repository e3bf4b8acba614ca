/**
 * Owns: The end of a retired agent, from the order until everything of it was seen to be gone, and the signed report.
 *
 * <p>Promises: A retired agent has nothing from the transaction of its retirement on. Its identities are another's only when every
 * lease of it has its receipt (P2), and then there is one report, which has them all.
 */
@ApplicationModule(allowedDependencies = {"shared", "agent", "approval", "audit", "key", "lease", "policy", "task"})
@NullMarked
package io.errand.broker.offboarding;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
