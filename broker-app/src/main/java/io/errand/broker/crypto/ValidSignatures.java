package io.errand.broker.crypto;

import io.errand.broker.shared.RecentMap;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Signatures that were found valid lately. Whether a key made a signature never changes, so for a token that is shown again and
 * again it is computed once; whether the key is still trusted and the token still good is asked each time, elsewhere.
 */
public final class ValidSignatures {

    private static final int MOST = 4096;

    private final Map<ByteBuffer, Boolean> lately = new RecentMap<>(MOST);

    /**
     * @param verify computes it
     * @param all everything that the answer depends on: algorithm, key, what is signed, and the signature
     */
    public boolean isValid(BooleanSupplier verify, byte[]... all) {
        ByteBuffer digest = digest(all);
        synchronized (lately) {
            if (lately.get(digest) != null) {
                return true;
            }
        }
        if (!verify.getAsBoolean()) {
            return false;
        }
        synchronized (lately) {
            lately.put(digest, true);
        }
        return true;
    }

    private static ByteBuffer digest(byte[][] all) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (byte[] part : all) {
                // With its length before it, so that no part can pass for the end of the one before.
                digest.update(
                        ByteBuffer.allocate(Integer.BYTES).putInt(part.length).flip());
                digest.update(part);
            }
            return ByteBuffer.wrap(digest.digest()).asReadOnlyBuffer();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JVM has SHA-256.", e);
        }
    }
}
