/**
 * Owns: Exceptions that are written down: that an agent is let off something until a day, why, who answers for it and who approved
 * it. What it lets off is for policies to say.
 *
 * <p>Promises: None counts before somebody else than who asked, and than who benefits, has approved it, or after its end; at its
 * end live leases are decided again.
 */
@ApplicationModule(allowedDependencies = {"shared", "agent", "audit", "database", "tool"})
@NullMarked
package io.errand.broker.exception;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
