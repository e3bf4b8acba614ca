/**
 * Owns: Issuers, their key sets, and the verification of the tokens that they sign.
 *
 * <p>Promises: A token is trusted only after signature, issuer, audience and lifetime were checked, in that order;
 * header-supplied keys never count (P5).
 */
@ApplicationModule(allowedDependencies = {"shared", "audit", "crypto", "database"})
@NullMarked
package io.errand.broker.identity;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
