package io.errand.testing;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import io.errand.api.Json;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Signature;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A holder of a key, who proves it by DPoP (RFC 9449 §4.2), rightly or wrongly. */
public final class Prover {

    private final ECKey key;

    public Prover() {
        try {
            key = new ECKeyGenerator(Curve.P_256).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    public ECKey key() {
        return key;
    }

    /** {@code jkt}. */
    public String thumbprint() {
        try {
            return key.computeThumbprint().toString();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A good proof for a request to that path of the deployment. */
    public String proof(String method, String path, @Nullable String nonce, @Nullable String token) {
        return proof(method, path, nonce, token, header -> {}, claims -> {});
    }

    public String proof(
            String method,
            String path,
            @Nullable String nonce,
            @Nullable String token,
            Consumer<Map<String, Object>> header,
            Consumer<Map<String, Object>> claims) {
        Map<String, Object> head = new LinkedHashMap<>();
        head.put("typ", "dpop+jwt");
        head.put("alg", "ES256");
        head.put("jwk", key.toPublicJWK().toJSONObject());
        header.accept(head);
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("jti", UUID.randomUUID().toString());
        body.put("htm", method);
        body.put("htu", BrokerTest.ISSUER + path);
        body.put("iat", Instant.now().getEpochSecond());
        if (nonce != null) {
            body.put("nonce", nonce);
        }
        if (token != null) {
            body.put("ath", hash(token));
        }
        claims.accept(body);
        String input = encode(head) + "." + encode(body);
        return input + "." + base64(signature(input));
    }

    private byte[] signature(String input) {
        try {
            Signature signer = Signature.getInstance("SHA256withECDSAinP1363Format");
            signer.initSign(key.toECPrivateKey());
            signer.update(input.getBytes(StandardCharsets.US_ASCII));
            return signer.sign();
        } catch (GeneralSecurityException | JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    public static String hash(String token) {
        try {
            return base64(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String encode(Map<String, Object> object) {
        return base64(Json.mapper().writeValueAsBytes(object));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
