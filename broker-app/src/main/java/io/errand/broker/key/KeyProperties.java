package io.errand.broker.key;

import io.errand.broker.shared.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * The key under which signing keys are kept: exactly one of the two, the same on every replica.
 *
 * @param encryptionKey {@code errand.key.encryption-key}: 32 bytes in base64, meant for the environment
 * @param encryptionKeyFile {@code errand.key.encryption-key-file}: a file that holds the same
 */
@ConfigurationProperties("errand.key")
record KeyProperties(
        @Nullable String encryptionKey, @Nullable Path encryptionKeyFile) {

    private static final int BYTES = 32;

    KeyProperties {
        if ((encryptionKey == null) == (encryptionKeyFile == null)) {
            throw new IllegalArgumentException(
                    "Set exactly one of errand.key.encryption-key and errand.key.encryption-key-file.");
        }
    }

    Secret keyEncryptionKey() {
        String text = encryptionKey == null ? read() : encryptionKey;
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text.strip());
        } catch (IllegalArgumentException e) {
            bytes = new byte[0];
        }
        if (bytes.length != BYTES) {
            throw new IllegalStateException(
                    "errand.key.encryption-key is not 32 bytes in base64; make one with: openssl rand -base64 32");
        }
        return new Secret(text.strip());
    }

    private String read() {
        try {
            return Files.readString(java.util.Objects.requireNonNull(encryptionKeyFile));
        } catch (IOException e) {
            throw new IllegalStateException("errand.key.encryption-key-file cannot be read: " + encryptionKeyFile, e);
        }
    }

    @Override
    public String toString() {
        return "KeyProperties[***]";
    }
}
