/**
 * Owns: The status lists (Token Status List), from which those who check a credential by themselves learn that it has ended.
 *
 * <p>Promises: What a list says was read from the database at most half a second ago, at every replica; a list that cannot be read is
 * not answered from memory (P5).
 */
@ApplicationModule(allowedDependencies = {"shared", "credential", "key"})
@NullMarked
package io.errand.broker.introspection;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
