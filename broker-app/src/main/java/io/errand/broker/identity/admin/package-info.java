/**
 * Administrators: the tokens of the configured issuer, and what their roles may reach.
 */
@NamedInterface("admin")
@NullMarked
package io.errand.broker.identity.admin;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
