package io.errand.broker.identity;

import java.time.Instant;
import java.util.Map;

/**
 * Who a verified token speaks for.
 *
 * @param issuer the registered issuer's name
 * @param subject the token's {@code sub}
 * @param claims all claims as JSON values, read only
 * @param expiresAt the token's own end
 */
public record Identity(
        String issuer, IssuerPurpose purpose, String subject, Map<String, Object> claims, Instant expiresAt) {}
