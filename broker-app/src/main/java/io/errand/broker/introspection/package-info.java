/**
 * Owns: What others may learn about a token: introspection (RFC 7662, 9701), revocation (RFC 7009), and the status lists (Token Status
 * List), from which those who check a credential by themselves learn that it has ended.
 *
 * <p>Promises: Answers are read from the database, lists at most half a second ago, at every replica; what cannot be read is not
 * answered from memory (P5).
 */
@ApplicationModule(
        allowedDependencies = {
            "shared",
            "agent",
            "caller",
            "credential",
            "database",
            "identity",
            "key",
            "lease",
            "task",
            "tool"
        })
@NullMarked
package io.errand.broker.introspection;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
