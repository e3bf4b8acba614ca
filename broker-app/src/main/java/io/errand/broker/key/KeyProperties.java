package io.errand.broker.key;

import io.errand.broker.shared.Secret;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * The keys under which signing keys are kept: exactly one of the two, the same on every replica.
 *
 * @param encryptionKey {@code errand.key.encryption-key}: 32 bytes in base64, meant for the environment. While it is replaced: the
 *     key that encrypts, then those that are only accepted for reading, with commas or white space between them, four at most
 * @param encryptionKeyFile {@code errand.key.encryption-key-file}: a file that holds the same, read again whenever it is needed
 */
@ConfigurationProperties("errand.key")
record KeyProperties(
        @Nullable String encryptionKey, @Nullable Path encryptionKeyFile) {

    private static final int BYTES = 32;
    private static final int MOST = 4;

    KeyProperties {
        if ((encryptionKey == null) == (encryptionKeyFile == null)) {
            throw new IllegalArgumentException(
                    "Set exactly one of errand.key.encryption-key and errand.key.encryption-key-file.");
        }
    }

    /** The first one encrypts. */
    List<Secret> keyEncryptionKeys() {
        String text = encryptionKey == null
                ? Secret.read("errand.key.encryption-key-file", Objects.requireNonNull(encryptionKeyFile))
                        .reveal()
                : encryptionKey;
        List<String> keys = Stream.of(text.split("[\\s,]+", -1))
                .filter(key -> !key.isEmpty())
                .toList();
        if (keys.isEmpty() || keys.size() > MOST || !keys.stream().allMatch(KeyProperties::isKey)) {
            throw new IllegalStateException("errand.key.encryption-key is not 32 bytes in base64, nor up to " + MOST
                    + " such keys; make one with: openssl rand -base64 32");
        }
        return keys.stream().map(Secret::new).toList();
    }

    private static boolean isKey(String text) {
        try {
            return Base64.getDecoder().decode(text).length == BYTES;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Override
    public String toString() {
        return "KeyProperties[***]";
    }
}
