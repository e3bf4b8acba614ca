package io.errand.testing;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.RSAKey;
import io.errand.api.Json;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A compact token put together by hand, so that it can be wrong in any way. It starts as a good one: ES256, audience
 * {@code errand}, five minutes.
 *
 * @param header JSON
 * @param claims JSON, or whatever stands in its place
 */
@SuppressWarnings("ArrayRecordComponent")
record ForgedToken(TestIssuer issuer, String header, byte[] claims) {

    static ForgedToken of(TestIssuer issuer) {
        return new ForgedToken(issuer, json(header("ES256", "ec-1")), bytes(json(goodClaims(issuer))));
    }

    static Map<String, Object> header(String alg, String kid) {
        Map<String, Object> header = new LinkedHashMap<>();
        header.put("alg", alg);
        header.put("kid", kid);
        header.put("typ", "JWT");
        return header;
    }

    ForgedToken header(Consumer<Map<String, Object>> change) {
        Map<String, Object> header = header("ES256", "ec-1");
        change.accept(header);
        return new ForgedToken(issuer, json(header), claims);
    }

    ForgedToken claims(Consumer<Map<String, Object>> change) {
        Map<String, Object> all = goodClaims(issuer);
        change.accept(all);
        return claims(json(all));
    }

    ForgedToken claims(String text) {
        return claims(bytes(text));
    }

    ForgedToken claims(byte[] anything) {
        return new ForgedToken(issuer, header, anything);
    }

    /** The good claims with {@code from} replaced in their JSON. */
    ForgedToken textOfClaims(String from, String to) {
        return claims(json(goodClaims(issuer)).replace(from, to));
    }

    /** The claims as they are, with {@code from} replaced in their text. */
    ForgedToken withText(String from, String to) {
        return claims(new String(claims, StandardCharsets.UTF_8).replace(from, to));
    }

    String signed() {
        return signed(ecSignature(issuer.ec()));
    }

    String signed(byte[] signature) {
        return input() + "." + encode(signature);
    }

    String input() {
        return encode(bytes(header)) + "." + encode(claims);
    }

    byte[] ecSignature(ECKey key) {
        return sign("SHA256withECDSAinP1363Format", key);
    }

    byte[] derSignature() {
        return sign("SHA256withECDSA", issuer.ec());
    }

    byte[] rsaSignature(RSAKey key) {
        try {
            Signature signer = Signature.getInstance("SHA256withRSA");
            signer.initSign(key.toPrivateKey());
            signer.update(bytes(input()));
            return signer.sign();
        } catch (GeneralSecurityException | JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    byte[] hmac(byte[] key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(bytes(input()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private byte[] sign(String algorithm, ECKey key) {
        try {
            Signature signer = Signature.getInstance(algorithm);
            signer.initSign(key.toECPrivateKey());
            signer.update(bytes(input()));
            return signer.sign();
        } catch (GeneralSecurityException | JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static Map<String, Object> goodClaims(TestIssuer issuer) {
        long now = Instant.now().getEpochSecond();
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", issuer.url());
        claims.put("sub", "forger");
        claims.put("aud", "errand");
        claims.put("iat", now);
        claims.put("exp", now + 300);
        claims.put("jti", UUID.randomUUID().toString());
        return claims;
    }

    private static String json(Map<String, Object> object) {
        return Json.mapper().writeValueAsString(object);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
