/**
 * Owns: notifications to the outside, as signed webhooks (standard-webhooks), from an outbox.
 *
 * <p>Promises: what is told is what the audit log has, written in the same transaction, so nothing is lost and nothing invented
 * (P4). Delivered at least once, by any replica (P8). No secret is ever in it, and no answer of a receiver is believed or followed.
 */
@ApplicationModule(allowedDependencies = {"shared", "agent", "task", "lock", "approval", "audit"})
@NullMarked
package io.errand.broker.signal;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
