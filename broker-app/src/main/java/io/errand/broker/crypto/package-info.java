/**
 * Owns: Native signatures, digests and their encodings.
 *
 * <p>Promises: One implementation of each.
 */
@ApplicationModule(allowedDependencies = {"shared"})
@NullMarked
package io.errand.broker.crypto;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
