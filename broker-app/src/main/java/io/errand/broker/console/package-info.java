/**
 * Owns: the pages that people use, and who is signed in to them.
 *
 * <p>Promises: a page does what the API does, by the same rooms, for the same roles. Nothing that a stranger wrote is more than
 * text on it; there is no script at all. A session is over when its person says so.
 */
@ApplicationModule(allowedDependencies = {"shared", "approval", "audit", "crypto", "identity", "identity::*"})
@NullMarked
package io.errand.broker.console;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
