/**
 * Owns: streams, which send the audit log on to where others collect events (docs/audit-streams.md).
 *
 * <p>Promises: a stream follows the places of the log by a cursor that is committed after the receiver has taken what is before it: in
 * order, at least once, and nothing is left out, however long the receiver is away. Of several replicas one at a time sends.
 */
@ApplicationModule(allowedDependencies = {"shared", "audit"})
@NullMarked
package io.errand.broker.stream;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
