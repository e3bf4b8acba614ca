package io.errand.broker.key;

import io.errand.broker.shared.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** AES-256-GCM (NIST SP 800-38D): a 96-bit random nonce, then the ciphertext; bound to the {@code kid}. */
final class KeySeal {

    private static final int NONCE = 12;
    private static final int TAG_BITS = 128;

    private final SecretKey key;
    private final SecureRandom random = new SecureRandom();

    KeySeal(Secret keyEncryptionKey) {
        key = new SecretKeySpec(Base64.getDecoder().decode(keyEncryptionKey.reveal()), "AES");
    }

    byte[] seal(String kid, Secret privateJwk) {
        byte[] nonce = new byte[NONCE];
        random.nextBytes(nonce);
        byte[] box = run(Cipher.ENCRYPT_MODE, kid, nonce, privateJwk.reveal().getBytes(StandardCharsets.UTF_8));
        byte[] all = Arrays.copyOf(nonce, NONCE + box.length);
        System.arraycopy(box, 0, all, NONCE, box.length);
        return all;
    }

    Secret open(String kid, byte[] box) {
        byte[] nonce = Arrays.copyOf(box, NONCE);
        byte[] plain = run(Cipher.DECRYPT_MODE, kid, nonce, Arrays.copyOfRange(box, NONCE, box.length));
        return new Secret(new String(plain, StandardCharsets.UTF_8));
    }

    private byte[] run(int mode, String kid, byte[] nonce, byte[] input) {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(kid.getBytes(StandardCharsets.UTF_8));
            return cipher.doFinal(input);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(
                    "The signing keys in the database do not open with this errand.key.encryption-key.", e);
        }
    }
}
