package io.errand.broker.identity.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.crypto.impl.ECDSA;
import io.errand.broker.crypto.NativeCrypto;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The asymmetric JWS algorithms (RFC 7518 §3.1, RFC 8037 §3.1; {@code Ed25519} of RFC 9864 §2.2 is what {@code EdDSA} is with a key of
 * that curve, the only one that is read here). Others, {@code none} and HMAC among them, do not exist here, so
 * that nothing can be configured or forged into accepting them.
 */
public enum Algorithm {
    ES256("ES256", "P-256", "SHA256withECDSAinP1363Format", null),
    ES384("ES384", "P-384", "SHA384withECDSAinP1363Format", null),
    ES512("ES512", "P-521", "SHA512withECDSAinP1363Format", null),
    RS256("RS256", "RSA", "SHA256withRSA", null),
    RS384("RS384", "RSA", "SHA384withRSA", null),
    RS512("RS512", "RSA", "SHA512withRSA", null),
    PS256("PS256", "RSA", "RSASSA-PSS", pss("SHA-256", MGF1ParameterSpec.SHA256, 32)),
    PS384("PS384", "RSA", "RSASSA-PSS", pss("SHA-384", MGF1ParameterSpec.SHA384, 48)),
    PS512("PS512", "RSA", "RSASSA-PSS", pss("SHA-512", MGF1ParameterSpec.SHA512, 64)),
    EDDSA("EdDSA", "Ed25519", "Ed25519", null);

    static final String FULLY_SPECIFIED = "Ed25519";

    private final String wire;
    private final String keyForm;
    private final String jca;

    /** The same at the native provider, which has its ECDSA signatures in DER. */
    private final String natively;

    @SuppressWarnings("ImmutableEnumChecker") // it has no setters
    private final @Nullable PSSParameterSpec parameters;

    Algorithm(String wire, String keyForm, String jca, @Nullable PSSParameterSpec parameters) {
        this.wire = wire;
        this.keyForm = keyForm;
        this.jca = jca;
        this.natively = jca.replace("inP1363Format", "");
        this.parameters = parameters;
    }

    /** As in a token's header, letter by letter: RFC 7515 §4.1.1 makes {@code alg} case-sensitive. */
    public static Optional<Algorithm> of(String wire) {
        if (wire.equals(FULLY_SPECIFIED)) {
            return Optional.of(EDDSA);
        }
        for (Algorithm algorithm : values()) {
            if (algorithm.wire.equals(wire)) {
                return Optional.of(algorithm);
            }
        }
        return Optional.empty();
    }

    public String wire() {
        return wire;
    }

    /** {@code RSA}, or the curve. */
    String keyForm() {
        return keyForm;
    }

    public boolean verifies(PublicKey key, byte[] signed, byte[] signature) {
        if (!isWellFormed(signature)) {
            return false;
        }
        try {
            if (parameters != null || !NativeCrypto.holds(key)) {
                return isValid(Signature.getInstance(jca), key, signed, signature);
            }
            return isValid(NativeCrypto.signature(natively), key, signed, isPair() ? der(signature) : signature);
        } catch (GeneralSecurityException | JOSEException e) {
            return false;
        }
    }

    private boolean isValid(Signature verifier, PublicKey key, byte[] signed, byte[] signature)
            throws GeneralSecurityException {
        if (parameters != null) {
            verifier.setParameter(parameters);
        }
        verifier.initVerify(key);
        verifier.update(signed);
        return verifier.verify(signature);
    }

    /** What the native provider takes: it does not know the form of RFC 7518 §3.4. */
    private static byte[] der(byte[] pair) throws JOSEException {
        return ECDSA.transcodeSignatureToDER(pair);
    }

    private boolean isPair() {
        return !natively.equals(jca);
    }

    /** ECDSA signatures are r and s side by side (RFC 7518 §3.4), neither of them zero (CVE-2022-21449). */
    private boolean isWellFormed(byte[] signature) {
        return switch (this) {
            case ES256 -> isPair(signature, 32);
            case ES384 -> isPair(signature, 48);
            case ES512 -> isPair(signature, 66);
            case EDDSA -> signature.length == 64;
            default -> signature.length >= 256;
        };
    }

    private static boolean isPair(byte[] signature, int half) {
        return signature.length == 2 * half && !isZero(signature, 0, half) && !isZero(signature, half, 2 * half);
    }

    private static boolean isZero(byte[] bytes, int from, int to) {
        int any = 0;
        for (int i = from; i < to; i++) {
            any |= bytes[i];
        }
        return any == 0;
    }

    private static PSSParameterSpec pss(String digest, MGF1ParameterSpec mask, int salt) {
        return new PSSParameterSpec(digest, "MGF1", mask, salt, PSSParameterSpec.TRAILER_FIELD_BC);
    }
}
