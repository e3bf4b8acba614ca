package io.errand.broker.exchange;

import io.errand.broker.shared.ErrandProperties;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** RFC 8414 metadata, and the subset of OpenID Connect Discovery that workload federations read. Both list what is true. */
@RestController
class MetadataEndpoints {

    private final String issuer;

    MetadataEndpoints(ErrandProperties errand) {
        this.issuer = errand.issuer();
    }

    @GetMapping("/.well-known/oauth-authorization-server")
    Map<String, Object> authorizationServer() {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("issuer", issuer);
        metadata.put("token_endpoint", issuer + "/oauth2/token");
        metadata.put("jwks_uri", issuer + "/oauth2/jwks");
        metadata.put("introspection_endpoint", issuer + "/oauth2/introspect");
        metadata.put("revocation_endpoint", issuer + "/oauth2/revoke");
        metadata.put("grant_types_supported", List.of(TokenRequest.GRANT_TYPE, TokenRequest.DEFERRED_GRANT_TYPE));
        metadata.put("deferred_token_response_supported", true);
        metadata.put("response_types_supported", List.of());
        metadata.put("token_endpoint_auth_methods_supported", List.of("none"));
        metadata.put("authorization_details_types_supported", List.of("tool_access"));
        return metadata;
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
