/**
 * Security events for others (SSF 1.0, CAEP 1.0): streams that their receivers make, filled from the audit log in its order, and sent
 * by push (RFC 8935) and poll (RFC 8936).
 */
@NullMarked
package io.errand.broker.signal.transmitter;

import org.jspecify.annotations.NullMarked;
