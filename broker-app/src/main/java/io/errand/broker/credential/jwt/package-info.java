/** The {@code jwt} backend: an audience-restricted token signed by the broker, for tools that trust it as an issuer. */
@NullMarked
package io.errand.broker.credential.jwt;

import org.jspecify.annotations.NullMarked;
