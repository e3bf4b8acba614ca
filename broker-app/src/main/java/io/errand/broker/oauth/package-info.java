/**
 * Owns: What agents and standard clients call: the endpoints of the authorization server with their filters, errors and metadata, and
 * the tasks of {@code /v1}.
 *
 * <p>Promises: Each refusal is an error of the standard that the endpoint follows, and one audit event (P4).
 */
@ApplicationModule(
        allowedDependencies = {
            "shared",
            "audit",
            "caller",
            "database",
            "delegation",
            "grant",
            "identity",
            "identity::*",
            "introspection",
            "key",
            "lease",
            "reassessment",
            "task"
        })
@NullMarked
package io.errand.broker.oauth;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
