/**
 * Proof that a caller holds a key: DPoP (RFC 9449) and client certificates (RFC 8705), by TLS or from a proxy that may say so.
 */
@NamedInterface("possession")
@NullMarked
package io.errand.broker.identity.possession;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
