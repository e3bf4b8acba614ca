package io.errand.broker.oauth;

import io.errand.broker.caller.TokenRequest;
import io.errand.broker.identity.jwt.IdentityTokens;
import io.errand.broker.identity.possession.ClientCertificates;
import io.errand.broker.identity.possession.PossessionProofs;
import io.errand.broker.introspection.SignedIntrospection;
import io.errand.broker.shared.ErrandProperties;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.CacheControl;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** RFC 8414 metadata, and the subset of OpenID Connect Discovery that workload federations read. Both list what is true. */
@RestController
class MetadataEndpoints {

    static final String AUTHORIZATION = "/oauth2/authorize";

    private final String issuer;

    private final boolean mutualTls;

    /** Client certificates are seen where the service itself ends TLS and asks for them, or a proxy does and says so. */
    MetadataEndpoints(
            ErrandProperties errand,
            @Value("${server.ssl.client-auth:none}") String clientAuth,
            ClientCertificates certificates) {
        this.issuer = errand.issuer();
        this.mutualTls = !clientAuth.equalsIgnoreCase("none") || certificates.comeByProxy();
    }

    @GetMapping("/.well-known/oauth-authorization-server")
    Map<String, Object> authorizationServer() {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("issuer", issuer);
        // RFC 8414 section 2 asks for it only where a grant uses it; the MCP SDKs do not read metadata without.
        metadata.put("authorization_endpoint", issuer + AUTHORIZATION);
        metadata.put("token_endpoint", issuer + "/oauth2/token");
        metadata.put("jwks_uri", issuer + "/oauth2/jwks");
        metadata.put("introspection_endpoint", issuer + "/oauth2/introspect");
        metadata.put("introspection_signing_alg_values_supported", List.of(SignedIntrospection.ALGORITHM));
        metadata.put("revocation_endpoint", issuer + "/oauth2/revoke");
        metadata.put("status_list_aggregation_endpoint", issuer + "/oauth2/status");
        metadata.put(
                "grant_types_supported",
                List.of(
                        TokenRequest.GRANT_TYPE,
                        TokenRequest.CLIENT_CREDENTIALS,
                        TokenRequest.JWT_BEARER,
                        TokenRequest.DEFERRED_GRANT_TYPE));
        // Identity Assertion JWT Authorization Grant, draft -05 section 6.
        metadata.put("authorization_grant_profiles_supported", List.of("urn:ietf:params:oauth:grant-profile:id-jag"));
        metadata.put("deferred_token_response_supported", true);
        metadata.put("response_types_supported", List.of());
        // "none": the subject or actor token identifies the agent by itself. The other names are those of OIDC for RFC
        // 7523, and of OAuth SPIFFE Client Authentication.
        metadata.put(
                "token_endpoint_auth_methods_supported",
                mutualTls
                        ? List.of("none", "private_key_jwt", "spiffe_jwt", "spiffe_x509")
                        : List.of("none", "private_key_jwt", "spiffe_jwt"));
        metadata.put("tls_client_certificate_bound_access_tokens", mutualTls);
        metadata.put("token_endpoint_auth_signing_alg_values_supported", IdentityTokens.ALGORITHMS);
        metadata.put("dpop_signing_alg_values_supported", PossessionProofs.ALGORITHMS);
        metadata.put("authorization_details_types_supported", List.of("tool_access"));
        return metadata;
    }

    /** No client has a redirect URI, so nobody is sent anywhere (RFC 6749 §4.1.2.1). */
    @GetMapping(AUTHORIZATION)
    ResponseEntity<Object> authorization() {
        return ResponseEntity.badRequest()
                .cacheControl(CacheControl.noStore())
                .body(
                        Map.of(
                                "error",
                                "unsupported_response_type",
                                "error_description",
                                "No grant here begins in a browser: ask the token endpoint, with one of grant_types_supported."));
    }

    @GetMapping("/.well-known/openid-configuration")
    Map<String, Object> openidConfiguration() {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("issuer", issuer);
        metadata.put("jwks_uri", issuer + "/oauth2/jwks");
        metadata.put("response_types_supported", List.of("id_token"));
        metadata.put("subject_types_supported", List.of("public"));
        metadata.put("id_token_signing_alg_values_supported", List.of("ES256", "RS256"));
        metadata.put("claims_supported", List.of("iss", "sub", "aud", "exp", "iat", "jti", "act", "task"));
        return metadata;
    }
}
