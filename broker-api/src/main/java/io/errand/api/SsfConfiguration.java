package io.errand.api;

import java.net.URI;
import java.util.List;

/**
 * What a transmitter of security events says of itself (SSF 1.0 §7.1).
 *
 * @param specVersion {@code 1_0}
 * @param deliveryMethodsSupported {@code urn:ietf:rfc:8935} (push) and {@code urn:ietf:rfc:8936} (poll)
 * @param authorizationSchemes how receivers show who they are
 * @param defaultSubjects {@code ALL}: a stream is about everybody, and subjects are neither added nor removed
 */
public record SsfConfiguration(
        String specVersion,
        String issuer,
        URI jwksUri,
        List<String> deliveryMethodsSupported,
        URI configurationEndpoint,
        URI statusEndpoint,
        URI verificationEndpoint,
        List<AuthorizationScheme> authorizationSchemes,
        String defaultSubjects) {

    /** @param specUrn {@code urn:ietf:rfc:6750}: a bearer token */
    public record AuthorizationScheme(String specUrn) {}
}
