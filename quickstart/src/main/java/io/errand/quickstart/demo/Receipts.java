package io.errand.quickstart.demo;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import io.errand.api.Json;
import java.text.ParseException;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;

/** Receipts as a third party would check them: with the published keys and a library of its own. */
final class Receipts {

    private static final JOSEObjectType TYPE = new JOSEObjectType("errand-receipt+jwt");

    private Receipts() {}

    /** What a receipt states, for reading; empty if it does not verify. */
    static Optional<String> verify(String receipt, String keys) throws ParseException, JOSEException {
        if (receipt.isEmpty()) {
            return Optional.empty();
        }
        SignedJWT jwt = SignedJWT.parse(receipt);
        JWK key = JWKSet.parse(keys).getKeyByKeyId(jwt.getHeader().getKeyID());
        if (key == null || !TYPE.equals(jwt.getHeader().getType()) || !jwt.verify(new ECDSAVerifier(key.toECKey()))) {
            return Optional.empty();
        }
        JsonNode claims = Json.mapper().readTree(jwt.getPayload().toString());
        return Optional.of(
                Json.mapper().writer().with(SerializationFeature.INDENT_OUTPUT).writeValueAsString(claims));
    }
}
