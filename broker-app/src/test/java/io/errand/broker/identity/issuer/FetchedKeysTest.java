package io.errand.broker.identity.issuer;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.JWK;
import io.errand.broker.identity.IdentityProperties;
import io.errand.broker.identity.jwt.Algorithm;
import io.errand.broker.identity.jwt.KeySet;
import io.errand.broker.identity.jwt.KeySource.Failed;
import io.errand.broker.identity.jwt.KeySource.Fetch;
import io.errand.broker.identity.jwt.KeySource.Fetched;
import io.errand.broker.identity.jwt.VerificationKey;
import io.errand.testing.TestIssuer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class FetchedKeysTest {

    private static final TestIssuer ISSUER = new TestIssuer();
    private static final IdentityProperties LIMITS =
            new IdentityProperties(Duration.ofSeconds(30), Duration.ofMinutes(5), Duration.ofHours(1), 2000, Map.of());

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private Fetch answer = new Fetched(VerificationKey.usable(List.of(jwk(ISSUER.ec()))));
    private int asked;

    private final KeySet keys = new FetchedKeys(
            () -> {
                asked++;
                return answer;
            },
            LIMITS,
            () -> now);

    @AfterAll
    static void close() {
        ISSUER.close();
    }

    @Test
    void knownKeyIsAskedForOnce() {
        assertThat(knows("ec-1")).isTrue();
        assertThat(knows("ec-1")).isTrue();

        assertThat(asked).isEqualTo(1);
    }

    @Test
    void unknownKeyIsAskedForOnceAnInterval() {
        knows("ec-1");

        for (int i = 0; i < 10; i++) {
            assertThat(knows("other-" + i)).isFalse();
        }
        assertThat(asked).isEqualTo(2);
        now = now.plusSeconds(30);
        assertThat(knows("other")).isFalse();

        assertThat(asked).isEqualTo(3);
    }

    @Test
    void withdrawnKeyIsTrustedNoLongerThanTheMaximumAge() {
        assertThat(knows("ec-1")).isTrue();
        answer = new Fetched(VerificationKey.usable(List.of(jwk(ISSUER.rsa()))));

        now = now.plus(LIMITS.keyMaxAge());

        assertThat(knows("ec-1")).isFalse();
    }

    @Test
    void whileTheIssuerIsDownItsKeysServeForAnHourAndThenNoMore() {
        assertThat(knows("ec-1")).isTrue();
        answer = new Failed("down");

        now = now.plus(Duration.ofMinutes(59));
        assertThat(knows("ec-1")).isTrue();
        now = now.plus(Duration.ofMinutes(1));

        assertThat(keys.find("ec-1")).isEqualTo(new KeySet.Unavailable("down"));
    }

    @Test
    void issuerThatIsDownIsAskedOnceAnInterval() {
        answer = new Failed("down");

        for (int i = 0; i < 10; i++) {
            assertThat(keys.find("ec-1")).isEqualTo(new KeySet.Unavailable("down"));
        }

        assertThat(asked).isEqualTo(1);
    }

    @Test
    void keysThatCannotSignTokensAreIgnored() {
        Map<String, Object> forEncryption = new java.util.HashMap<>(jwk(ISSUER.ec()));
        forEncryption.put("use", "enc");
        byte[] small = new byte[128];
        Arrays.fill(small, (byte) 0xFF);

        assertThat(VerificationKey.usable(List.of(
                        Map.of("kty", "oct", "kid", "s", "k", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"),
                        forEncryption,
                        Map.of("kty", "RSA", "kid", "r", "e", "AQAB", "n", base64(small)),
                        Map.of("kty", "EC", "kid", "off", "crv", "P-256", "x", base64(new byte[32]), "y", "AQ"),
                        Map.of("kty", "new"),
                        "no key")))
                .isEmpty();
    }

    @Test
    void ed25519SignaturesAreVerified() throws GeneralSecurityException {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        byte[] encoded = pair.getPublic().getEncoded();
        String x = base64(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
        byte[] text = "header.claims".getBytes(StandardCharsets.UTF_8);
        Signature signer = Signature.getInstance("Ed25519");
        signer.initSign(pair.getPrivate());
        signer.update(text);
        byte[] signature = signer.sign();

        VerificationKey key = VerificationKey.of(Map.of("kty", "OKP", "crv", "Ed25519", "x", x))
                .orElseThrow();

        assertThat(key.fits(Algorithm.EDDSA)).isTrue();
        assertThat(key.fits(Algorithm.ES256)).isFalse();
        assertThat(Algorithm.EDDSA.verifies(key.key(), text, signature)).isTrue();
        signature[3] ^= 1;
        assertThat(Algorithm.EDDSA.verifies(key.key(), text, signature)).isFalse();
    }

    private boolean knows(String kid) {
        return keys.find(kid) instanceof KeySet.Known known && !known.keys().isEmpty();
    }

    private static Map<String, Object> jwk(JWK key) {
        return key.toPublicJWK().toJSONObject();
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
