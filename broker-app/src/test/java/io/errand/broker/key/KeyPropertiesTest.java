package io.errand.broker.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.shared.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One key-encryption key, or several while it is replaced. */
class KeyPropertiesTest {

    private static final String A = Base64.getEncoder().encodeToString(new byte[32]);
    private static final String B =
            Base64.getEncoder().encodeToString("01234567890123456789012345678901".getBytes(StandardCharsets.US_ASCII));

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"%1$s,%2$s", "%1$s\n%2$s\n", " %1$s , %2$s "})
    void theFirstOfSeveralSealsAndEachOpens(String format) {
        KeySeal before = new KeySeal(new KeyProperties(B, null).keyEncryptionKeys());
        KeySeal both = new KeySeal(new KeyProperties(format.formatted(A, B), null).keyEncryptionKeys());
        KeySeal after = new KeySeal(new KeyProperties(A, null).keyEncryptionKeys());
        Secret jwk = new Secret("{}");

        assertThat(both.open("k", before.seal("k", jwk)).orElseThrow().isCurrent())
                .isFalse();
        assertThat(both.open("k", both.seal("k", jwk)).orElseThrow().isCurrent())
                .isTrue();
        assertThat(after.open("k", both.seal("k", jwk))
                        .orElseThrow()
                        .privateJwk()
                        .reveal())
                .isEqualTo("{}");
        assertThat(after.open("k", before.seal("k", jwk))).isEmpty();
        assertThat(after.open("another", after.seal("k", jwk))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", ",", "c2hvcnQ=", "?", "%1$s,c2hvcnQ=", "%1$s%1$s", "%1$s %1$s %1$s %1$s %1$s"})
    void whatIsNoKeyIsTold(String format) {
        KeyProperties properties = new KeyProperties(format.formatted(A), null);

        assertThatThrownBy(properties::keyEncryptionKeys)
                .hasMessage("errand.key.encryption-key is not 32 bytes in base64, nor up to 4 such keys;"
                        + " make one with: openssl rand -base64 32");
    }

    @Test
    void theFileIsReadAgain() throws IOException {
        Path file = folder.resolve("kek");
        Files.writeString(file, A + "\n");
        KeyProperties properties = new KeyProperties(null, file);
        assertThat(properties.keyEncryptionKeys()).hasSize(1);

        Files.writeString(file, B + "\n" + A + "\n");

        assertThat(properties.keyEncryptionKeys()).extracting(Secret::reveal).containsExactly(B, A);
    }
}
