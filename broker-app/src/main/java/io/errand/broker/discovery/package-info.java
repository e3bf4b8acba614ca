/**
 * Owns: what nobody registered: identities that asked and are no agent's, and logins at targets that the broker did not make.
 *
 * <p>Promises: Strangers cannot make it grow: a thousand of each issuer and target, the rest counted together. Nothing is granted or
 * taken away by it.
 */
@ApplicationModule(allowedDependencies = {"shared", "database", "agent", "audit", "credential"})
@NullMarked
package io.errand.broker.discovery;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
