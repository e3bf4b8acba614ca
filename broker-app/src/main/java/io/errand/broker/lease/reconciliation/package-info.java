/**
 * What targets have against what is on record: credentials that nobody knows, and leases whose credential is not there.
 */
@NullMarked
package io.errand.broker.lease.reconciliation;

import org.jspecify.annotations.NullMarked;
