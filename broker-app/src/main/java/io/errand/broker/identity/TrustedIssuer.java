package io.errand.broker.identity;

import java.time.Duration;
import java.util.Set;

/**
 * What verification needs to know of an issuer, ready for use.
 *
 * @param iss exactly what its tokens say
 * @param maxTokenAge longest lifetime, and longest age
 */
record TrustedIssuer(
        String name,
        String iss,
        Set<String> audiences,
        Set<Algorithm> algorithms,
        Duration maxTokenAge,
        boolean singleUse,
        IssuerPurpose purpose,
        KeySet keys) {

    static final Set<Algorithm> DEFAULT_ALGORITHMS =
            Set.of(Algorithm.ES256, Algorithm.RS256, Algorithm.PS256, Algorithm.EDDSA);

    static final Duration DEFAULT_MAX_TOKEN_AGE = Duration.ofHours(1);
}
