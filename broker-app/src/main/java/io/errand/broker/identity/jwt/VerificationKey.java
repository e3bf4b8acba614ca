package io.errand.broker.identity.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import io.errand.broker.crypto.NativeCrypto;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A public key that signs tokens.
 *
 * @param form {@code RSA}, or the curve
 * @param only the one algorithm that the key's {@code alg} allows; null: any of its form
 */
public record VerificationKey(
        @Nullable String kid,
        String form,
        PublicKey key,
        @Nullable String only) {

    /** Members that hold what is secret (RFC 7518 §6). */
    public static final List<String> PRIVATE_MEMBERS = List.of("d", "p", "q", "dp", "dq", "qi", "oth", "k");

    /** Nothing else of a JWK counts: no certificates, no addresses, no private part. */
    private static final List<String> MEMBERS = List.of("kty", "kid", "alg", "crv", "x", "y", "n", "e");

    private static final List<String> KNOWN_CURVES = List.of("P-256", "P-384", "P-521");

    /** More keys than an issuer ever has; what comes after is not looked at. */
    private static final int MOST = 100;

    /** SubjectPublicKeyInfo of an Ed25519 key up to the key itself (RFC 8410 §4). */
    private static final byte[] ED25519_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

    public boolean fits(Algorithm algorithm) {
        return form.equals(algorithm.keyForm())
                && (only == null || Algorithm.of(only).filter(algorithm::equals).isPresent());
    }

    /** The keys of a set that can be used; RFC 7517 §5 has the others ignored. */
    public static List<VerificationKey> usable(List<?> jwks) {
        return collected(jwks, VerificationKey::of);
    }

    /** SPIFFE Trust Domain and Bundle §4.2.2: only what says {@code jwt-svid} verifies JWT-SVIDs, and it has a {@code kid}. */
    public static List<VerificationKey> ofBundle(List<?> jwks) {
        return collected(
                jwks,
                jwk -> "jwt-svid".equals(jwk.get("use")) && jwk.get("kid") instanceof String
                        ? read(jwk)
                        : Optional.empty());
    }

    /** The Workload API's key sets hold nothing but keys for JWT-SVIDs (§6.2.2), and may leave out {@code use}. */
    public static List<VerificationKey> ofWorkloadApi(List<?> jwks) {
        return collected(
                jwks,
                jwk -> (jwk.get("use") == null || "jwt-svid".equals(jwk.get("use"))) && jwk.get("kid") instanceof String
                        ? read(jwk)
                        : Optional.empty());
    }

    public static Optional<VerificationKey> of(Map<?, ?> jwk) {
        return isForSignatures(jwk) ? read(jwk) : Optional.empty();
    }

    private static List<VerificationKey> collected(
            List<?> jwks, Function<Map<?, ?>, Optional<VerificationKey>> reading) {
        List<VerificationKey> keys = new ArrayList<>();
        for (Object jwk : jwks.subList(0, Math.min(jwks.size(), MOST))) {
            if (jwk instanceof Map<?, ?> members) {
                reading.apply(members).ifPresent(keys::add);
            }
        }
        return List.copyOf(keys);
    }

    /** What of a JWK counts. */
    public static Map<String, Object> members(Map<?, ?> jwk) {
        Map<String, Object> members = new HashMap<>();
        for (String member : MEMBERS) {
            if (jwk.get(member) instanceof String text) {
                members.put(member, text);
            }
        }
        return members;
    }

    private static Optional<VerificationKey> read(Map<?, ?> jwk) {
        try {
            JWK parsed = JWK.parse(members(jwk));
            String only =
                    parsed.getAlgorithm() == null ? null : parsed.getAlgorithm().getName();
            return switch (parsed) {
                case ECKey ec ->
                    Optional.of(new VerificationKey(
                            ec.getKeyID(), ec.getCurve().getName(), NativeCrypto.held(ec.toECPublicKey()), only));
                case RSAKey rsa -> ofRsa(rsa.getKeyID(), rsa.toRSAPublicKey(), only);
                case OctetKeyPair okp
                when "Ed25519".equals(okp.getCurve().getName()) ->
                    Optional.of(new VerificationKey(
                            okp.getKeyID(), "Ed25519", ed25519(okp.getX().decode()), only));
                default -> Optional.empty();
            };
        } catch (ParseException | JOSEException | GeneralSecurityException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Whether it is meant for signatures and of a kind that is read here, be it well-formed or not. */
    public static boolean isOfKnownKind(Map<?, ?> jwk) {
        return isForSignatures(jwk)
                && switch (String.valueOf(jwk.get("kty"))) {
                    case "RSA" -> true;
                    case "EC" -> KNOWN_CURVES.contains(String.valueOf(jwk.get("crv")));
                    case "OKP" -> "Ed25519".equals(jwk.get("crv"));
                    default -> false;
                };
    }

    private static boolean isForSignatures(Map<?, ?> jwk) {
        Object use = jwk.get("use");
        Object operations = jwk.get("key_ops");
        return (use == null || use.equals("sig"))
                && (operations == null || (operations instanceof List<?> list && list.contains("verify")));
    }

    /** RFC 7518 §3.3: 2048 bits or more; much more would only be slow. */
    private static Optional<VerificationKey> ofRsa(@Nullable String kid, RSAPublicKey key, @Nullable String only) {
        int bits = key.getModulus().bitLength();
        return bits >= 2048 && bits <= 8192
                ? Optional.of(new VerificationKey(kid, "RSA", NativeCrypto.held(key), only))
                : Optional.empty();
    }

    private static PublicKey ed25519(byte[] raw) throws GeneralSecurityException {
        ByteArrayOutputStream encoded = new ByteArrayOutputStream();
        encoded.writeBytes(ED25519_PREFIX);
        encoded.writeBytes(raw);
        return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded.toByteArray()));
    }
}
