/**
 * Owns: Ids, problem details, results, the clock and {@link io.errand.broker.shared.Secret}.
 *
 * <p>Promises: Knows no other room; every room may use it.
 */
@ApplicationModule(
        type = ApplicationModule.Type.OPEN,
        allowedDependencies = {})
@NullMarked
package io.errand.broker.shared;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
