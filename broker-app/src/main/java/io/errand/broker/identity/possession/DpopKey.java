package io.errand.broker.identity.possession;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.JWK;
import io.errand.broker.identity.jwt.VerificationKey;
import java.text.ParseException;
import java.util.Map;
import java.util.Optional;

/**
 * The public key that a proof brings along.
 *
 * @param thumbprint RFC 7638, SHA-256
 */
record DpopKey(VerificationKey key, String thumbprint) {

    /** Empty: it is symmetric, has a private part, or is none that signs here. */
    static Optional<DpopKey> of(Map<?, ?> jwk) {
        if (VerificationKey.PRIVATE_MEMBERS.stream().anyMatch(jwk::containsKey)) {
            return Optional.empty();
        }
        return VerificationKey.of(jwk).flatMap(key -> thumbprint(jwk).map(print -> new DpopKey(key, print)));
    }

    private static Optional<String> thumbprint(Map<?, ?> jwk) {
        try {
            return Optional.of(
                    JWK.parse(VerificationKey.members(jwk)).computeThumbprint().toString());
        } catch (ParseException | JOSEException e) {
            return Optional.empty();
        }
    }
}
