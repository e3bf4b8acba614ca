/**
 * From REVOKING to REVOKED: the queue is worked off, each credential is destroyed at its target and seen gone (P2).
 */
@NullMarked
package io.errand.broker.lease.removal;

import org.jspecify.annotations.NullMarked;
