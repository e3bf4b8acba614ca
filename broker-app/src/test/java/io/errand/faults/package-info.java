/**
 * The broker as a process of its own that dies, and the peers that fail it: what {@code docs/faults.md} lists. Fault points are
 * here, not in the service.
 */
@org.jspecify.annotations.NullMarked
package io.errand.faults;
