/**
 * Owns: The registry of tools and their attributes; what binds a tool to its backend is checked by that backend.
 *
 * <p>Promises: A tool whose binding does not work is refused when it is registered.
 */
@ApplicationModule(allowedDependencies = {"shared", "audit", "credential", "database"})
@NullMarked
package io.errand.broker.tool;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
