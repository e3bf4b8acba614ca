package io.errand.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A source of identity tokens that the broker trusts.
 *
 * @param kind always {@code Issuer}
 * @param issuer the {@code iss} that its tokens carry, compared character by character
 * @param jwks where its keys are
 * @param audiences what its tokens must name; at least one
 * @param algorithms asymmetric JWS algorithms that are accepted; absent: {@code ES256, RS256, PS256, EdDSA}
 * @param maxTokenAge longest accepted lifetime ({@code exp - iat}) and age; absent: {@code PT1H}
 * @param singleUse whether a token is accepted once
 * @param purpose {@code workload} or {@code person}
 */
public record IssuerResource(
        @Nullable String kind,
        @Nullable String name,
        @Nullable String issuer,
        @Nullable Jwks jwks,
        @Nullable List<String> audiences,
        @Nullable List<String> algorithms,
        @Nullable Duration maxTokenAge,
        @Nullable Boolean singleUse,
        @Nullable String purpose) {

    /** Exactly one member: OIDC discovery at the issuer, a key set's address, or the keys (RFC 7517) themselves. */
    public record Jwks(
            @Nullable Boolean discovery,
            @Nullable String uri,
            @Nullable List<Map<String, Object>> keys) {}
}
