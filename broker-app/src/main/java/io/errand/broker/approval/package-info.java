/**
 * Owns: approvals, each a person's answer to one exact grant or use, and break-glass with its reviews.
 *
 * <p>Promises: an approval is bound to the digest of all that will be granted, is used once in the transaction of its grant, and
 * never by who asked for it. A break-glass ends on time, and its review is somebody else's. Every change of either is on the audit
 * log in its own transaction (P4).
 */
@ApplicationModule(allowedDependencies = {"shared", "agent", "audit", "crypto", "policy", "task", "tool"})
@NullMarked
package io.errand.broker.approval;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
