/**
 * The registered issuers, where their keys come from, and the tokens and certificates that they vouch for.
 */
@NullMarked
package io.errand.broker.identity.issuer;

import org.jspecify.annotations.NullMarked;
