package io.errand.broker.credential.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import io.errand.broker.credential.Use;
import java.text.ParseException;
import java.util.List;
import java.util.Map;

/** A token looked at as its tool would: by the keys that anybody can fetch, and nothing else of the broker's. */
final class TokenUse {

    private TokenUse() {}

    /** @param published a JWK each (RFC 7517) */
    static Use verify(String token, List<Map<String, Object>> published, String audience) {
        try {
            SignedJWT signed = SignedJWT.parse(token);
            String key = signed.getHeader().getKeyID();
            JWK found = JWKSet.parse(Map.of("keys", published)).getKeyByKeyId(key);
            if (!(found instanceof AsymmetricJWK asymmetric)) {
                return new Use.Failed("The key " + key + " that signed it is not among the published ones.");
            }
            boolean verified = signed.verify(
                    new DefaultJWSVerifierFactory().createJWSVerifier(signed.getHeader(), asymmetric.toPublicKey()));
            return verified && signed.getJWTClaimsSet().getAudience().contains(audience)
                    ? new Use.Worked("Its signature was verified with the published key " + key + ", for the audience '"
                            + audience + "'.")
                    : new Use.Failed("Its signature or audience does not stand up to the published key " + key + ".");
        } catch (ParseException | JOSEException e) {
            return new Use.Failed("It cannot be verified with the published keys.");
        }
    }
}
