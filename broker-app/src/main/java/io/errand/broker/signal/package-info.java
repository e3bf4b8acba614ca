/**
 * Owns: notifications to the outside, as signed webhooks (standard-webhooks), from an outbox; security events (SSF 1.0) out, by
 * streams that follow the audit log ({@code transmitter}), and in ({@code receiver}).
 *
 * <p>Promises: what is told is what the audit log has, so nothing is lost and nothing invented (P4). Delivered at least once, by any
 * replica (P8). No secret is ever in it, and no answer of a receiver is believed or followed. Who is registered as a transmitter
 * ends what belongs to the subjects of its own issuers, or raises their risk, and nothing else; it is believed only after verification.
 */
@ApplicationModule(
        allowedDependencies = {
            "shared",
            "agent",
            "approval",
            "audit",
            "identity",
            "identity::*",
            "key",
            "lease",
            "lock",
            "risk",
            "task"
        })
@NullMarked
package io.errand.broker.signal;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
