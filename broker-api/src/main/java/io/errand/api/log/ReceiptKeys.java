package io.errand.api.log;

import io.errand.api.Json;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The keys that sign receipts (RFC 7517): those of ES256, which is what receipts are signed with. */
public final class ReceiptKeys {

    static final String TYP = "errand-receipt+jwt";

    private final Map<String, PublicKey> keys;

    private ReceiptKeys(Map<String, PublicKey> keys) {
        this.keys = keys;
    }

    /** A key set as {@code /oauth2/jwks} serves it. Empty: this is none, or none of its keys signs receipts. */
    public static Optional<ReceiptKeys> parse(byte[] jwks) {
        try {
            Map<String, PublicKey> keys = new HashMap<>();
            for (JsonNode key : Json.mapper().readTree(jwks).path("keys")) {
                if (key.path("crv").asString("").equals("P-256")) {
                    keys.put(key.path("kid").asString(""), key(key));
                }
            }
            return keys.isEmpty() ? Optional.empty() : Optional.of(new ReceiptKeys(keys));
        } catch (JacksonException | GeneralSecurityException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static PublicKey key(JsonNode jwk) throws GeneralSecurityException {
        AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
        curve.init(new ECGenParameterSpec("secp256r1"));
        return KeyFactory.getInstance("EC")
                .generatePublic(new ECPublicKeySpec(
                        new ECPoint(number(jwk, "x"), number(jwk, "y")),
                        curve.getParameterSpec(ECParameterSpec.class)));
    }

    private static BigInteger number(JsonNode jwk, String member) {
        return new BigInteger(1, Base64.getUrlDecoder().decode(jwk.path(member).asString("")));
    }

    /** What a receipt says, whoever signed it. Empty: this is no receipt. */
    static Optional<JsonNode> claims(String receipt) {
        return claims(receipt, TYP);
    }

    /** The same of what has another {@code typ}. */
    static Optional<JsonNode> claims(String receipt, String typ) {
        String[] parts = receipt.split("\\.", -1);
        if (parts.length != 3) {
            return Optional.empty();
        }
        return json(parts[0])
                .filter(header -> header.path("typ").asString("").equals(typ))
                .flatMap(header -> json(parts[1]))
                .filter(JsonNode::isObject);
    }

    private static Optional<JsonNode> json(String base64Url) {
        try {
            return Optional.of(Json.mapper().readTree(Base64.getUrlDecoder().decode(base64Url)));
        } catch (JacksonException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Whether one of these keys signed it. */
    boolean signed(String receipt) {
        int end = receipt.lastIndexOf('.');
        String[] parts = receipt.split("\\.", -1);
        if (parts.length != 3) {
            return false;
        }
        JsonNode header = json(parts[0]).orElse(null);
        if (header == null || !header.path("alg").asString("").equals("ES256")) {
            return false;
        }
        PublicKey key = keys.get(header.path("kid").asString(""));
        if (key == null) {
            return false;
        }
        try {
            Signature es256 = Signature.getInstance("SHA256withECDSAinP1363Format");
            es256.initVerify(key);
            es256.update(receipt.substring(0, end).getBytes(StandardCharsets.US_ASCII));
            return es256.verify(Base64.getUrlDecoder().decode(parts[2]));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return false;
        }
    }
}
