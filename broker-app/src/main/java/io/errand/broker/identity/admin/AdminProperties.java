package io.errand.broker.identity.admin;

import io.errand.broker.identity.issuer.JwksUris;
import io.errand.broker.identity.jwt.Algorithm;
import io.errand.broker.shared.Names;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Who signs administrators' tokens ({@code errand.admin.*}); none configured means that there are no administrators.
 *
 * @param issuer the {@code iss} of their tokens
 * @param name how the issuer is called in {@code person:<name>:<sub>}
 * @param jwksUri where its keys are; absent: OIDC discovery
 * @param algorithms accepted JWS algorithms; absent: {@code ES256, RS256, PS256, EdDSA}
 * @param maxTokenAge longest accepted lifetime and age; absent: one hour
 * @param groupsClaim the claim with the groups of the organization that approvals ask for; absent: {@code groups}
 */
@ConfigurationProperties("errand.admin")
record AdminProperties(
        @Nullable String issuer,
        @Nullable String name,
        @Nullable String jwksUri,
        @Nullable List<String> algorithms,
        @Nullable Duration maxTokenAge,
        @Nullable String groupsClaim) {

    AdminProperties {
        if (issuer != null && (name == null || Names.check(name).isPresent())) {
            throw new IllegalArgumentException(
                    "errand.admin.name must name the administrators' issuer: 1 to 63 of a-z, 0-9, '.', '_', '-'");
        }
        if (jwksUri != null && JwksUris.of(jwksUri).isEmpty()) {
            throw new IllegalArgumentException(
                    "errand.admin.jwks-uri must be an https URL (http on a loopback address)");
        }
        if (issuer != null && jwksUri == null && JwksUris.of(issuer).isEmpty()) {
            throw new IllegalArgumentException(
                    "errand.admin.issuer must be an https URL (http on a loopback address), or errand.admin.jwks-uri set");
        }
        if (algorithms != null
                && (algorithms.isEmpty()
                        || algorithms.stream().anyMatch(one -> Algorithm.of(one).isEmpty()))) {
            throw new IllegalArgumentException(
                    "errand.admin.algorithms must be asymmetric JWS algorithms, such as ES256");
        }
        if (maxTokenAge != null && (maxTokenAge.isNegative() || maxTokenAge.isZero())) {
            throw new IllegalArgumentException("errand.admin.max-token-age must be longer than zero");
        }
        if (groupsClaim != null && groupsClaim.isBlank()) {
            throw new IllegalArgumentException("errand.admin.groups-claim must name a claim, or be left out");
        }
    }
}
