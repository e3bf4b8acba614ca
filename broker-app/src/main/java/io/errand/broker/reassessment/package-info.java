/**
 * Owns: What a change means for what is alive: live leases are decided again when policies, agents or tools change and when they are
 * renewed, and end with an issuer, an agent or a break-glass.
 *
 * <p>Promises: A lease is decided by the question that its own row holds; what would not be granted now ends (P3, P5).
 */
@ApplicationModule(
        allowedDependencies = {
            "shared",
            "agent",
            "approval",
            "audit",
            "caller",
            "database",
            "exception",
            "grant",
            "identity",
            "lease",
            "lock",
            "policy",
            "risk",
            "task",
            "tasktype",
            "tool"
        })
@NullMarked
package io.errand.broker.reassessment;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
