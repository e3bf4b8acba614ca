/**
 * Owns: Transactions that share a round trip, SQL sent together, and the registry version by which what is remembered is told from what
 * is true.
 *
 * <p>Promises: Nothing that is remembered answers after the version has moved on (P5).
 */
@ApplicationModule(allowedDependencies = {"shared"})
@NullMarked
package io.errand.broker.database;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
