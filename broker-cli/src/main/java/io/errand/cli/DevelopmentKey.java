package io.errand.cli;

import io.errand.api.Json;
import io.errand.api.Sha256;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;

/**
 * The ES256 key of the development issuers, kept as a private JWK (RFC 7517) in the data directory. Whoever reads that file
 * can be anybody to that broker: it is for a developer's own machine.
 */
public final class DevelopmentKey {

    private static final String NAME = "dev-issuer.jwk";
    private static final int FIELD_BYTES = 32;

    private final Map<String, Object> publicJwk;
    private final PrivateKey secret;

    private DevelopmentKey(Map<String, Object> publicJwk, PrivateKey secret) {
        this.publicJwk = publicJwk;
        this.secret = secret;
    }

    /** The key that was made before; empty if none was. */
    public static Optional<DevelopmentKey> load(Path directory) {
        Path file = directory.resolve(NAME);
        try {
            Map<String, Object> jwk =
                    Json.mapper().readValue(Files.readAllBytes(file), new TypeReference<Map<String, Object>>() {});
            Object d = jwk.remove("d");
            AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
            curve.init(new ECGenParameterSpec("secp256r1"));
            PrivateKey key = KeyFactory.getInstance("EC")
                    .generatePrivate(new ECPrivateKeySpec(
                            new BigInteger(1, Base64.getUrlDecoder().decode(String.valueOf(d))),
                            curve.getParameterSpec(ECParameterSpec.class)));
            return Optional.of(new DevelopmentKey(Map.copyOf(jwk), key));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | GeneralSecurityException | JacksonException | IllegalArgumentException e) {
            throw new CommandFailed("Cannot read the key in " + file + ": delete the file for a new one.", e);
        }
    }

    public static DevelopmentKey loadOrCreate(Path directory) {
        return load(directory).orElseGet(() -> create(directory));
    }

    private static DevelopmentKey create(Path directory) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            ECPublicKey open = (ECPublicKey) pair.getPublic();
            String x = coordinate(open.getW().getAffineX());
            String y = coordinate(open.getW().getAffineY());
            Map<String, Object> jwk = new LinkedHashMap<>(
                    Map.of("kty", "EC", "crv", "P-256", "x", x, "y", y, "use", "sig", "alg", "ES256"));
            jwk.put("kid", thumbprint(x, y));
            Map<String, Object> published = Map.copyOf(jwk);
            jwk.put("d", coordinate(((ECPrivateKey) pair.getPrivate()).getS()));
            PrivateFile.write(directory.resolve(NAME), Json.mapper().writeValueAsString(jwk));
            return new DevelopmentKey(published, pair.getPrivate());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has P-256.", e);
        } catch (IOException e) {
            throw new CommandFailed("Cannot write " + directory.resolve(NAME) + ": " + e.getMessage(), e);
        }
    }

    /** What verifiers get. */
    public Map<String, Object> publicJwk() {
        return publicJwk;
    }

    /** Signs claims as they are. */
    public String sign(Map<String, Object> claims) {
        Map<String, Object> header = new LinkedHashMap<>();
        header.put("typ", "JWT");
        header.put("alg", "ES256");
        header.put("kid", publicJwk.get("kid"));
        String content = part(header) + "." + part(claims);
        try {
            // RFC 7518 §3.4: R and S side by side, not DER.
            Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
            signature.initSign(secret);
            signature.update(content.getBytes(StandardCharsets.US_ASCII));
            return content + "." + base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has ES256.", e);
        }
    }

    private static String part(Map<String, Object> members) {
        return base64(Json.mapper().writeValueAsBytes(members));
    }

    /** RFC 7638 §3.2: the required members in lexicographic order. */
    private static String thumbprint(String x, String y) {
        String members = "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" + x + "\",\"y\":\"" + y + "\"}";
        return base64(Sha256.of(members));
    }

    private static String coordinate(BigInteger value) {
        byte[] fixed = new byte[FIELD_BYTES];
        byte[] bytes = value.toByteArray();
        int length = Math.min(bytes.length, FIELD_BYTES);
        System.arraycopy(bytes, bytes.length - length, fixed, FIELD_BYTES - length, length);
        return base64(fixed);
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
