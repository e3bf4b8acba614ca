/**
 * Owns: decisions about single actions (AuthZEN), what came of them, and what a session's memory does to its live credentials.
 *
 * <p>Promises: P4: a decision, what it leaves on the session and the leases that end because of it are one transaction, committed
 * before it is answered. P5: what cannot be decided is denied. Decisions on one session are made one after the other.
 */
@ApplicationModule(
        allowedDependencies = {
            "shared",
            "agent",
            "approval",
            "audit",
            "crypto",
            "database",
            "exception",
            "lease",
            "lock",
            "policy",
            "risk",
            "task",
            "tasktype",
            "tool"
        })
@NullMarked
package io.errand.broker.evaluation;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
