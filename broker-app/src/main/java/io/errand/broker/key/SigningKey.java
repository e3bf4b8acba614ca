package io.errand.broker.key;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import io.errand.broker.crypto.NativeCrypto;
import io.errand.broker.shared.Secret;
import java.text.ParseException;
import java.util.UUID;

/** One of the broker's own keys, ready to sign. */
final class SigningKey {

    private static final int RSA_BITS = 3072;

    private final JWK jwk;
    private final JWSSigner signer;

    private SigningKey(JWK jwk) throws JOSEException {
        this.jwk = jwk;
        signer = jwk instanceof ECKey ec
                ? new ECDSASigner(NativeCrypto.held(ec.toECPrivateKey()), ec.getCurve())
                : new RSASSASigner(NativeCrypto.held(jwk.toRSAKey().toPrivateKey()));
        NativeCrypto.provider().ifPresent(signer.getJCAContext()::setProvider);
    }

    static SigningKey make(JWSAlgorithm alg) {
        String kid = UUID.randomUUID().toString();
        try {
            return new SigningKey(
                    JWSAlgorithm.ES256.equals(alg)
                            ? new ECKeyGenerator(Curve.P_256)
                                    .keyID(kid)
                                    .keyUse(KeyUse.SIGNATURE)
                                    .algorithm(alg)
                                    .generate()
                            : new RSAKeyGenerator(RSA_BITS)
                                    .keyID(kid)
                                    .keyUse(KeyUse.SIGNATURE)
                                    .algorithm(alg)
                                    .generate());
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    static SigningKey read(Secret privateJwk) {
        try {
            return new SigningKey(JWK.parse(privateJwk.reveal()));
        } catch (JOSEException | ParseException e) {
            throw new IllegalStateException("A signing key in the database is not a JWK.", e);
        }
    }

    String kid() {
        return jwk.getKeyID();
    }

    JWSAlgorithm alg() {
        return JWSAlgorithm.parse(jwk.getAlgorithm().getName());
    }

    String publicJwk() {
        return jwk.toPublicJWK().toJSONString();
    }

    Secret privateJwk() {
        return new Secret(jwk.toJSONString());
    }

    String sign(TokenKind kind, byte[] claims) {
        JWSObject jws = new JWSObject(
                new JWSHeader.Builder(alg())
                        .type(new JOSEObjectType(kind.typ()))
                        .keyID(kid())
                        .build(),
                new Payload(claims));
        try {
            jws.sign(signer);
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
        return jws.serialize();
    }
}
