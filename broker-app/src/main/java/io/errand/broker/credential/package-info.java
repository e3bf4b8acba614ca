/**
 * Owns: The backend interface, and the backends: {@code postgres}, {@code vault} and {@code jwt} inside.
 *
 * <p>Promises: A backend destroys by lease id alone, looks before it says gone, and says Unknown when it does not know
 * (P1, P2).
 */
@ApplicationModule(allowedDependencies = {"shared", "crypto", "database", "key"})
@NullMarked
package io.errand.broker.credential;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
