package io.errand.broker.identity.jwt;

import io.errand.broker.identity.IssuerPurpose;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What verification needs to know of an issuer, ready for use.
 *
 * @param iss exactly what its tokens say; of a trust domain, its SPIFFE ID
 * @param trustDomain whose JWT-SVIDs these are; null: not SPIFFE
 * @param maxTokenAge longest lifetime, and longest age
 * @param idJag whether it signs assertions of the grant {@code jwt-bearer}
 * @param reviews who is asked about each of its tokens
 */
public record TrustedIssuer(
        String name,
        String iss,
        @Nullable String trustDomain,
        Set<String> audiences,
        Set<Algorithm> algorithms,
        Duration maxTokenAge,
        boolean singleUse,
        IssuerPurpose purpose,
        ClaimMapping mapping,
        KeySet keys,
        boolean idJag,
        TokenReviews reviews) {

    public static final Set<Algorithm> DEFAULT_ALGORITHMS =
            Set.of(Algorithm.ES256, Algorithm.RS256, Algorithm.PS256, Algorithm.EDDSA);

    public static final Duration DEFAULT_MAX_TOKEN_AGE = Duration.ofHours(1);

    /** The same where tokens must name another audience than is usual for it. */
    public TrustedIssuer meant(String audience) {
        return new TrustedIssuer(
                name,
                iss,
                trustDomain,
                Set.of(audience),
                algorithms,
                maxTokenAge,
                singleUse,
                purpose,
                mapping,
                keys,
                idJag,
                reviews);
    }
}
