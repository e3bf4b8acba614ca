package io.errand.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A source of identity tokens that the broker trusts.
 *
 * @param kind always {@code Issuer}
 * @param name how agents call it
 * @param issuer the {@code iss} that its tokens carry, compared character by character; absent with {@code trust_domain}
 * @param trustDomain the SPIFFE trust domain whose JWT-SVIDs these are, in lower case and without scheme; absent with {@code
 *     issuer}
 * @param jwks where its keys are
 * @param audiences what its tokens must name; at least one
 * @param algorithms asymmetric JWS algorithms that are accepted; absent: {@code ES256, RS256, PS256, EdDSA}
 * @param maxTokenAge longest accepted lifetime ({@code exp - iat}) and age; absent: {@code PT1H}
 * @param singleUse whether a token is accepted once
 * @param purpose {@code workload}, {@code person}, or {@code errand}: another deployment of Errand, whose {@code jwt} credentials with
 *     this one's issuer identifier as audience say for whom an agent here acts
 * @param subject a template over claims for the subject, for example <code>{repository}:{environment}</code>; absent: the
 *     token's {@code sub}. Of workloads only, and not with {@code trust_domain}
 * @param clientClaim of people only: the claim that names the client which the person used, {@code azp}, {@code client_id}, {@code
 *     cid}, {@code appid}, or {@code aud}, whose sole value is the client of an ID token; absent: {@code azp}, else {@code client_id}
 * @param runtime claims that say where a workload runs; absent: nothing is known
 * @param idJag of people only: whether it signs Identity Assertion Authorization Grants (ID-JAG) too; absent: no
 */
public record IssuerResource(
        @Constraint(required = true, oneOf = "Issuer") @Nullable
        String kind,

        @Constraint(required = true, pattern = Constraint.NAME) @Nullable
        String name,

        @Nullable String issuer,
        @Nullable String trustDomain,
        @Constraint(required = true) @Nullable Jwks jwks,

        @Constraint(required = true, min = 1, max = 32) @Nullable
        List<String> audiences,

        @Constraint(
                min = 1,
                oneOf = {
                    "ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA", "Ed25519"
                })
        @Nullable
        List<String> algorithms,

        @Nullable Duration maxTokenAge,
        @Nullable Boolean singleUse,

        @Constraint(
                required = true,
                oneOf = {"workload", "person", "errand"})
        @Nullable
        String purpose,

        @Nullable String subject,

        @Constraint(oneOf = {"azp", "client_id", "cid", "appid", "aud"}) @Nullable
        String clientClaim,

        @Nullable RuntimeClaims runtime,
        @Nullable Boolean idJag) {

    /**
     * Where a workload runs, by claims at the top of the token.
     *
     * @param environment the claim whose text is the environment
     * @param isolated what says that it is isolated from others; absent: it is not
     */
    public record RuntimeClaims(
            @Nullable String environment, @Nullable Isolated isolated) {}

    /**
     * What says that a workload is isolated.
     *
     * @param claim the claim that is looked at
     * @param values texts that mean isolated; absent: JSON's {@code true} does
     */
    public record Isolated(
            @Constraint(required = true) @Nullable String claim,
            @Nullable List<String> values) {}

    /**
     * Exactly one member.
     *
     * @param discovery {@code true}: OIDC discovery at the issuer
     * @param uri a key set's address: {@code https}, or {@code http} on a loopback address
     * @param keys the keys (RFC 7517) themselves
     * @param spiffeBundle with {@code trust_domain} only: the address of its trust bundle, {@code file} for the file that the
     *     operator configured for this trust domain, or {@code workload_api} for the SPIFFE Workload API whose socket the operator
     *     configured
     * @param kubernetes the cluster whose API server has the keys of its service accounts: {@code in_cluster} for the one that the
     *     service runs in, or a name of {@code errand.clusters}
     */
    public record Jwks(
            @Nullable Boolean discovery,
            @Nullable String uri,
            @Constraint(min = 1, max = 100) @Nullable List<Map<String, Object>> keys,
            @Nullable String spiffeBundle,
            @Nullable String kubernetes) {

        public Jwks(
                @Nullable Boolean discovery,
                @Nullable String uri,
                @Nullable List<Map<String, Object>> keys,
                @Nullable String spiffeBundle) {
            this(discovery, uri, keys, spiffeBundle, null);
        }
    }
}
