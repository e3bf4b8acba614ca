/**
 * What a token is and when it is to be believed: JWS, keys, algorithms, and the rules for claims.
 */
@NullMarked
package io.errand.broker.identity.jwt;

import org.jspecify.annotations.NullMarked;
