package io.errand.quickstart.issuer;

import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What verifiers and relying parties fetch: an issuer's discovery document and its key set. */
record Documents(Map<String, Object> publicJwk) {

    static final String AUTHORIZATION = "/people/authorize";
    static final String TOKEN = "/people/token";

    /**
     * By path.
     *
     * @param further members of the discovery document, which also replace those made here
     */
    Map<String, Reply> of(String issuer, Map<String, Object> further) {
        Map<String, Object> discovery = new HashMap<>(Map.of(
                "issuer", issuer,
                "jwks_uri", issuer + "/jwks",
                "response_types_supported", List.of("id_token"),
                "subject_types_supported", List.of("public"),
                "id_token_signing_alg_values_supported", List.of("ES256")));
        discovery.putAll(further);
        String path = URI.create(issuer).getPath();
        return Map.of(
                path + "/.well-known/openid-configuration",
                Reply.json(200, discovery),
                path + "/jwks",
                Reply.json(200, Map.of("keys", List.of(publicJwk))));
    }

    /** OpenID Connect Discovery §3 and RFC 8414 §2, where people sign in. */
    static Map<String, Object> signIn(String issuer) {
        String base = issuer.substring(0, issuer.lastIndexOf('/'));
        return Map.of(
                "authorization_endpoint", base + AUTHORIZATION,
                "token_endpoint", base + TOKEN,
                "response_types_supported", List.of("code"),
                "response_modes_supported", List.of("query"),
                "grant_types_supported", List.of("authorization_code"),
                "code_challenge_methods_supported", List.of("S256"),
                "token_endpoint_auth_methods_supported", List.of("none"),
                "scopes_supported", List.of("openid"),
                "claims_supported", List.of("sub", "preferred_username", "roles", "groups", "auth_time", "amr"),
                "request_uri_parameter_supported", false);
    }
}
