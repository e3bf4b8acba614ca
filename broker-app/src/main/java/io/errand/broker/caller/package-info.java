/**
 * Owns: Who asks and with what: the parameters of the token endpoint, the agent behind a token, task and delegation tokens,
 * proofs of possession, and the refusal that any of them can end in.
 *
 * <p>Promises: A caller is known only after its token was verified, its agent may act, and every key that the token is bound to was
 * shown (P5). A refusal carries the steps that led to it (P4).
 */
@ApplicationModule(
        allowedDependencies = {
            "shared",
            "agent",
            "approval",
            "audit",
            "database",
            "identity",
            "identity::*",
            "key",
            "lease",
            "lock",
            "policy",
            "task",
            "tasktype",
            "tool"
        })
@NullMarked
package io.errand.broker.caller;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
