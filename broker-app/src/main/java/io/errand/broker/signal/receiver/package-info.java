/**
 * Security events that others send (SSF 1.0, CAEP 1.0, RISC 1.0): the push endpoint of each registered transmitter, and what their
 * events end here.
 */
@NullMarked
package io.errand.broker.signal.receiver;

import org.jspecify.annotations.NullMarked;
