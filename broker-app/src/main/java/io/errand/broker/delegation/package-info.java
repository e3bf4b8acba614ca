/**
 * Owns: Delegation tokens, by which one agent hands part of its task to another.
 *
 * <p>Promises: What is handed over is within what the task still has, and ends with it (P3).
 */
@ApplicationModule(
        allowedDependencies = {
            "shared",
            "agent",
            "audit",
            "caller",
            "exception",
            "grant",
            "identity",
            "lock",
            "policy",
            "risk",
            "task",
            "tool"
        })
@NullMarked
package io.errand.broker.delegation;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
