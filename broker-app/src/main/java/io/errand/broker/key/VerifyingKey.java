package io.errand.broker.key;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.util.Base64URL;
import io.errand.broker.crypto.NativeCrypto;
import io.errand.broker.crypto.ValidSignatures;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;

/** The public part of one of the broker's keys, whether it still signs or not. */
final class VerifyingKey {

    private final String alg;
    private final JWSVerifier verifier;
    private final ValidSignatures lately = new ValidSignatures();

    private VerifyingKey(String alg, JWSVerifier verifier) {
        this.alg = alg;
        this.verifier = verifier;
    }

    static VerifyingKey read(String publicJwk) {
        try {
            JWK jwk = JWK.parse(publicJwk);
            JWSVerifier verifier = jwk instanceof ECKey ec
                    ? new ECDSAVerifier(NativeCrypto.held(ec.toECPublicKey()))
                    : new RSASSAVerifier(NativeCrypto.held(jwk.toRSAKey().toRSAPublicKey()));
            NativeCrypto.provider().ifPresent(verifier.getJCAContext()::setProvider);
            return new VerifyingKey(jwk.getAlgorithm().getName(), verifier);
        } catch (JOSEException | ParseException e) {
            throw new IllegalStateException("A signing key in the database is not a JWK.", e);
        }
    }

    boolean verifies(JWSHeader header, OwnToken token) {
        return alg.equals(header.getAlgorithm().getName())
                && lately.isValid(
                        () -> computes(header, token),
                        token.signed(),
                        token.signature().getBytes(StandardCharsets.US_ASCII));
    }

    private boolean computes(JWSHeader header, OwnToken token) {
        try {
            return verifier.verify(header, token.signed(), new Base64URL(token.signature()));
        } catch (JOSEException e) {
            return false;
        }
    }
}
