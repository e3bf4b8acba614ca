package io.errand.api.log;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The key that verifies a log's checkpoints, in the form that C2SP {@code signed-note} calls vkey:
 * {@code <name>+<8 hexadecimal digits>+<base64>}. Ed25519 (RFC 8032) only. The name is the log's origin.
 */
public final class VerifierKey {

    static final byte ED25519 = 1;

    /** Bytes of the id that says which key a signature is of. */
    static final int ID = 4;

    private static final int KEY = 32;

    /** What stands before the 32 bytes of an Ed25519 key in X.509's form (RFC 8410 §4). */
    private static final byte[] X509 = HexFormat.of().parseHex("302a300506032b6570032100");

    private final String name;
    private final byte type;
    private final byte[] bytes;
    private final PublicKey key;

    private VerifierKey(String name, byte type, byte[] bytes) throws GeneralSecurityException {
        this.name = name;
        this.type = type;
        this.bytes = bytes;
        byte[] encoded = Arrays.copyOf(X509, X509.length + KEY);
        System.arraycopy(bytes, 0, encoded, X509.length, KEY);
        this.key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
    }

    /**
     * A key by its 32 bytes.
     *
     * @throws IllegalArgumentException if these are no key, or this is no name
     */
    public static VerifierKey of(String name, byte[] bytes) {
        return of(name, ED25519, bytes);
    }

    private static VerifierKey of(String name, byte type, byte[] bytes) {
        if (!isName(name) || bytes.length != KEY) {
            throw new IllegalArgumentException("no verifier key");
        }
        try {
            return new VerifierKey(name, type, bytes.clone());
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("no verifier key", e);
        }
    }

    /** Empty: this is no vkey of an Ed25519 key, or its id is not that of its key. */
    public static Optional<VerifierKey> parse(String vkey) {
        return parse(vkey, ED25519);
    }

    /** The same of another type of signature by an Ed25519 key. */
    static Optional<VerifierKey> parse(String vkey, byte type) {
        String[] parts = vkey.strip().split("\\+", 3);
        if (parts.length != 3) {
            return Optional.empty();
        }
        return Base64Text.read(parts[2])
                .filter(bytes -> bytes.length == 1 + KEY && bytes[0] == type)
                .flatMap(bytes -> {
                    try {
                        return Optional.of(of(parts[0], type, Arrays.copyOfRange(bytes, 1, 1 + KEY)));
                    } catch (IllegalArgumentException e) {
                        return Optional.empty();
                    }
                })
                .filter(key -> HexFormat.of().formatHex(key.id()).equals(parts[1]));
    }

    /** Whether a key may be called so: not empty, without white space and without plus signs. */
    static boolean isName(String name) {
        return !name.isEmpty()
                && name.indexOf('+') < 0
                && name.chars().noneMatch(c -> Character.isWhitespace(c) || Character.isSpaceChar(c));
    }

    public String name() {
        return name;
    }

    byte[] id() {
        MessageDigest digest = TreeHash.sha256();
        digest.update((name + "\n").getBytes(StandardCharsets.UTF_8));
        digest.update(type);
        return Arrays.copyOf(digest.digest(bytes), ID);
    }

    boolean verifies(byte[] text, byte[] signature) {
        try {
            Signature ed25519 = Signature.getInstance("Ed25519");
            ed25519.initVerify(key);
            ed25519.update(text);
            return ed25519.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** The vkey. */
    @Override
    public String toString() {
        byte[] typed = new byte[1 + KEY];
        typed[0] = type;
        System.arraycopy(bytes, 0, typed, 1, KEY);
        return name + "+" + HexFormat.of().formatHex(id()) + "+" + Base64Text.of(typed);
    }
}
