package io.errand.broker.credential.vault;

import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/**
 * Whether a certificate authority signed an OpenSSH certificate: PROTOCOL.certkeys, RFC 8332 (RSA) and RFC 8709 (Ed25519), which are the
 * keys that Vault makes unless it is told otherwise.
 */
final class SshSignature {

    private static final int LONGEST = 64 * 1024;

    /** What goes before the 32 bytes of an Ed25519 key in X.509 (RFC 8410 section 4). */
    private static final String ED25519 = "302a300506032b6570032100";

    private SshSignature() {}

    /** @param authority its public key, one line as OpenSSH writes it */
    static boolean isBy(String certificate, String authority) {
        try {
            byte[] signed = body(certificate);
            byte[] key = body(authority);
            // The last two fields are the authority's key and its signature over all before the latter.
            ByteBuffer bytes = ByteBuffer.wrap(signed);
            int end = tail(signed, key);
            bytes.position(end);
            ByteBuffer signature = ByteBuffer.wrap(field(bytes));
            String algorithm = new String(field(signature), StandardCharsets.US_ASCII);
            Signature verifier = Signature.getInstance(
                    switch (algorithm) {
                        case "rsa-sha2-256" -> "SHA256withRSA";
                        case "rsa-sha2-512" -> "SHA512withRSA";
                        case "ssh-ed25519" -> "Ed25519";
                        default -> throw new GeneralSecurityException(algorithm + " is not known here");
                    });
            verifier.initVerify(key(ByteBuffer.wrap(key)));
            verifier.update(signed, 0, end);
            return !bytes.hasRemaining() && verifier.verify(field(signature));
        } catch (GeneralSecurityException | BufferUnderflowException | IllegalArgumentException e) {
            return false;
        }
    }

    /** Where the signature begins: the certificate ends with the authority's key, its length before it, and the signature. */
    private static int tail(byte[] signed, byte[] key) {
        byte[] marked = ByteBuffer.allocate(Integer.BYTES + key.length)
                .putInt(key.length)
                .put(key)
                .array();
        for (int at = signed.length - marked.length; at >= 0; at--) {
            int end = at + marked.length;
            if (Arrays.equals(signed, at, end, marked, 0, marked.length)
                    && end + Integer.BYTES <= signed.length
                    && ByteBuffer.wrap(signed).getInt(end) == signed.length - end - Integer.BYTES) {
                return end;
            }
        }
        throw new IllegalArgumentException("it has another authority's key");
    }

    private static PublicKey key(ByteBuffer bytes) throws GeneralSecurityException {
        String type = new String(field(bytes), StandardCharsets.US_ASCII);
        return switch (type) {
            case "ssh-rsa" -> {
                BigInteger exponent = new BigInteger(1, field(bytes));
                yield KeyFactory.getInstance("RSA")
                        .generatePublic(new RSAPublicKeySpec(new BigInteger(1, field(bytes)), exponent));
            }
            case "ssh-ed25519" ->
                KeyFactory.getInstance("Ed25519")
                        .generatePublic(new X509EncodedKeySpec(
                                HexFormat.of().parseHex(ED25519 + HexFormat.of().formatHex(field(bytes)))));
            default -> throw new GeneralSecurityException(type + " is not known here");
        };
    }

    private static byte[] body(String line) {
        String[] parts = line.strip().split("[ \t]+", 3);
        if (parts.length < 2 || line.length() > LONGEST) {
            throw new IllegalArgumentException("it is not one line of OpenSSH");
        }
        return Base64.getDecoder().decode(parts[1]);
    }

    private static byte[] field(ByteBuffer bytes) {
        int length = bytes.getInt();
        if (length < 0 || length > bytes.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] field = new byte[length];
        bytes.get(field);
        return field;
    }
}
