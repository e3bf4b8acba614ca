package io.errand.testing;

import static io.errand.testing.Forgeries.forged;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.RSAKey;
import io.errand.testing.Forgeries.Forgery;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.interfaces.RSAPrivateKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * RSA signatures by the right key whose padding is not to the letter (RFC 8017 §8.2.2, §9.1): readers that skip over some of it take
 * forgeries made without any key (Bleichenbacher 2006, BERserk). The issuer's own key makes each, so that nothing else is wrong. (The
 * digest's name without its NULL is not here: RFC 8017 appendix A.2.4 has it accepted.)
 */
final class PaddingForgeries {

    private static final byte[] SHA256_INFO = HexFormat.of().parseHex("3031300d060960864801650304020105000420");
    private static final byte[] SHA512_INFO = HexFormat.of().parseHex("3051300d060960864801650304020305000440");
    private static final byte[] SHA1_INFO = HexFormat.of().parseHex("3021300906052b0e03021a05000414");

    private PaddingForgeries() {}

    static List<Forgery> all() {
        return List.of(
                padded("no digest's name", f -> block(1, 0xFF, digest("SHA-256", f), 0)),
                padded("SHA-512 under RS256", f -> block(1, 0xFF, join(SHA512_INFO, digest("SHA-512", f)), 0)),
                padded("SHA-1 under RS256", f -> block(1, 0xFF, join(SHA1_INFO, digest("SHA-1", f)), 0)),
                padded("SHA-256 named as SHA-512", f -> block(1, 0xFF, join(SHA512_INFO, digest("SHA-256", f)), 0)),
                padded(
                        "eight bytes of padding, and garbage after the digest",
                        f -> block(1, 0xFF, info(f), 256 - 3 - 8 - 51)),
                padded("a byte of garbage after the digest", f -> block(1, 0xFF, info(f), 1)),
                padded("padding of encryption", f -> block(2, 0xAA, info(f), 0)),
                padded("padding of zeros", f -> block(1, 0x00, info(f), 0)),
                padded("padding with a flaw", f -> flawed(block(1, 0xFF, info(f), 0))),
                padded("the plain digest, no padding at all", f -> join(new byte[224], digest("SHA-256", f))),
                rsa("a leading zero byte", "RS256", s -> join(new byte[1], s)),
                rsa("a byte short", "RS256", s -> Arrays.copyOfRange(s, 1, 256)),
                rsa("zero", "RS256", s -> new byte[256]),
                rsa("one", "RS256", s -> one()),
                rsa("PKCS #1 under PS256", "PS256", s -> s),
                rsa("RS256 under RS512", "RS512", s -> s, "algorithm_refused"),
                pss("PSS under RS256", "RS256", 32),
                pss("PSS with no salt", "PS256", 0),
                pss("PSS with a long salt", "PS256", 64));
    }

    private static Forgery padded(String name, Function<ForgedToken, byte[]> block) {
        return forged(
                "RSA padding: " + name,
                f -> {
                    ForgedToken rs256 = header(f, "RS256");
                    return rs256.signed(raw(f.issuer().rsa(), block.apply(rs256)));
                },
                "signature_invalid");
    }

    private static Forgery rsa(String name, String alg, UnaryOperator<byte[]> change) {
        return rsa(name, alg, change, "signature_invalid");
    }

    private static Forgery rsa(String name, String alg, UnaryOperator<byte[]> change, String reason) {
        return forged(
                "RSA signature: " + name,
                f -> {
                    ForgedToken token = header(f, alg);
                    return token.signed(
                            change.apply(token.rsaSignature(f.issuer().rsa())));
                },
                reason);
    }

    private static Forgery pss(String name, String alg, int salt) {
        return forged(
                "RSA signature: " + name,
                f -> {
                    ForgedToken token = header(f, alg);
                    return token.signed(pss(token, salt));
                },
                "signature_invalid");
    }

    private static ForgedToken header(ForgedToken f, String alg) {
        return f.header(h -> h.putAll(Map.of("alg", alg, "kid", "rsa-1")));
    }

    private static byte[] info(ForgedToken f) {
        return join(SHA256_INFO, digest("SHA-256", f));
    }

    /** {@code 00 type padding… 00 content garbage…}, 256 bytes. */
    private static byte[] block(int type, int padding, byte[] content, int garbage) {
        byte[] block = new byte[256];
        int start = 256 - garbage - content.length;
        Arrays.fill(block, 2, start - 1, (byte) padding);
        block[1] = (byte) type;
        System.arraycopy(content, 0, block, start, content.length);
        Arrays.fill(block, 256 - garbage, 256, (byte) 0x5A);
        return block;
    }

    private static byte[] flawed(byte[] block) {
        block[100] = 0x7F;
        return block;
    }

    private static byte[] one() {
        byte[] one = new byte[256];
        one[255] = 1;
        return one;
    }

    private static byte[] raw(RSAKey key, byte[] block) {
        try {
            RSAPrivateKey secret = key.toRSAPrivateKey();
            byte[] number = new BigInteger(1, block)
                    .modPow(secret.getPrivateExponent(), secret.getModulus())
                    .toByteArray();
            byte[] fixed = new byte[256];
            int length = Math.min(256, number.length);
            System.arraycopy(number, number.length - length, fixed, 256 - length, length);
            return fixed;
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] pss(ForgedToken token, int salt) {
        try {
            Signature signer = Signature.getInstance("RSASSA-PSS");
            signer.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, salt, 1));
            signer.initSign(token.issuer().rsa().toPrivateKey());
            signer.update(token.input().getBytes(StandardCharsets.US_ASCII));
            return signer.sign();
        } catch (GeneralSecurityException | JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] digest(String name, ForgedToken token) {
        try {
            return MessageDigest.getInstance(name).digest(token.input().getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] join(byte[] one, byte[] two) {
        byte[] both = Arrays.copyOf(one, one.length + two.length);
        System.arraycopy(two, 0, both, one.length, two.length);
        return both;
    }
}
