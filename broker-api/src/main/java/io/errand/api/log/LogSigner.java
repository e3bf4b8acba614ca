package io.errand.api.log;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.List;

/** The key that signs a log's checkpoints. */
public final class LogSigner {

    private static final int KEY = 32;

    private final VerifierKey verifier;
    private final PrivateKey key;

    private LogSigner(VerifierKey verifier, PrivateKey key) {
        this.verifier = verifier;
        this.key = key;
    }

    /** A new key under that name. */
    public static LogSigner make(String name) {
        try {
            KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            byte[] encoded = pair.getPublic().getEncoded();
            byte[] bytes = Arrays.copyOfRange(encoded, encoded.length - KEY, encoded.length);
            return new LogSigner(VerifierKey.of(name, bytes), pair.getPrivate());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform has Ed25519.", e);
        }
    }

    /** A key as {@link #encoded} gave it, with the key that verifies what it signs. */
    public static LogSigner read(VerifierKey verifier, byte[] pkcs8) {
        try {
            return new LogSigner(
                    verifier, KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(pkcs8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("no private key of Ed25519", e);
        }
    }

    public VerifierKey verifier() {
        return verifier;
    }

    /** The private key, in PKCS #8's form: for keeping it sealed. */
    public byte[] encoded() {
        return key.getEncoded();
    }

    public Checkpoint sign(long size, byte[] root) {
        String text = Checkpoint.text(verifier.name(), size, root);
        byte[] id = verifier.id();
        byte[] signature = signature(text.getBytes(StandardCharsets.UTF_8));
        byte[] both = Arrays.copyOf(id, id.length + signature.length);
        System.arraycopy(signature, 0, both, id.length, signature.length);
        return new Checkpoint(
                verifier.name(),
                size,
                root,
                new SignedNote(text, List.of(new SignedNote.Line(verifier.name(), Base64Text.of(both)))));
    }

    private byte[] signature(byte[] text) {
        try {
            Signature ed25519 = Signature.getInstance("Ed25519");
            ed25519.initSign(key);
            ed25519.update(text);
            return ed25519.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
