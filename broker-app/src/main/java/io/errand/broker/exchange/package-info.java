/**
 * Owns: Everything that agents call: token, introspection, revocation, metadata, tasks, leases.
 *
 * <p>Promises: The only room that knows the order of an exchange. Every refusal is one audit event and nothing else
 * (P4).
 */
@ApplicationModule(
        allowedDependencies = {
            "shared",
            "agent",
            "approval",
            "audit",
            "credential",
            "identity",
            "key",
            "lease",
            "lock",
            "policy",
            "task",
            "tool"
        })
@NullMarked
package io.errand.broker.exchange;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
