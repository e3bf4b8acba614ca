/**
 * From PENDING to ACTIVE: caps, renewal, and the race that a revocation wins.
 */
@NullMarked
package io.errand.broker.lease.issue;

import org.jspecify.annotations.NullMarked;
