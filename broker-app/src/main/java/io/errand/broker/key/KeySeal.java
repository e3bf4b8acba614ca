package io.errand.broker.key;

import io.errand.broker.shared.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-256-GCM (NIST SP 800-38D): a 96-bit random nonce, then the ciphertext; bound to the {@code kid}. Which of the key-encryption
 * keys a box is under is not written on it: it opens with one of them.
 */
final class KeySeal {

    private static final int NONCE = 12;
    private static final int TAG_BITS = 128;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final List<SecretKey> keys;

    /** @param keyEncryptionKeys the first one seals, each may open */
    KeySeal(List<Secret> keyEncryptionKeys) {
        keys = keyEncryptionKeys.stream().map(KeySeal::key).toList();
    }

    private static SecretKey key(Secret secret) {
        return new SecretKeySpec(Base64.getDecoder().decode(secret.reveal()), "AES");
    }

    byte[] seal(String kid, Secret privateJwk) {
        byte[] nonce = new byte[NONCE];
        RANDOM.nextBytes(nonce);
        try {
            byte[] plain = privateJwk.reveal().getBytes(StandardCharsets.UTF_8);
            byte[] box =
                    cipher(Cipher.ENCRYPT_MODE, keys.getFirst(), kid, nonce).doFinal(plain);
            byte[] all = Arrays.copyOf(nonce, NONCE + box.length);
            System.arraycopy(box, 0, all, NONCE, box.length);
            return all;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What was in a box, and whether the key that seals now had sealed it. */
    record Opened(Secret privateJwk, boolean isCurrent) {}

    /** Empty: none of the keys opens it. */
    Optional<Opened> open(String kid, byte[] box) {
        for (SecretKey key : keys) {
            Optional<Secret> plain = open(key, kid, box);
            if (plain.isPresent()) {
                return Optional.of(new Opened(plain.get(), key.equals(keys.getFirst())));
            }
        }
        return Optional.empty();
    }

    private static Optional<Secret> open(SecretKey key, String kid, byte[] box) {
        try {
            byte[] plain = cipher(Cipher.DECRYPT_MODE, key, kid, Arrays.copyOf(box, NONCE))
                    .doFinal(box, NONCE, box.length - NONCE);
            return Optional.of(new Secret(new String(plain, StandardCharsets.UTF_8)));
        } catch (AEADBadTagException e) {
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Cipher cipher(int mode, SecretKey key, String kid, byte[] nonce) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(kid.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }
}
