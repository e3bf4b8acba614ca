package io.errand.api.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cosignature counts if it is one of that witness, of that checkpoint, as C2SP tlog-cosignature has it. */
class WitnessesTest {

    private static final Instant AT = Instant.parse("2026-11-30T10:00:00Z");

    private final LogSigner log = LogSigner.make("log.example");
    private final Checkpoint checkpoint = log.sign(7, new byte[32]);
    private final Witness one = new Witness("one.example");
    private final Witness two = new Witness("two.example");

    /** A witness, written from the specification alone. */
    private static final class Witness {

        private final String name;
        private final KeyPair pair;
        private final byte[] id;
        private final String vkey;

        Witness(String name) {
            this.name = name;
            try {
                pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
                byte[] encoded = pair.getPublic().getEncoded();
                byte[] typed = new byte[33];
                typed[0] = 4;
                System.arraycopy(encoded, encoded.length - 32, typed, 1, 32);
                MessageDigest digest = MessageDigest.getInstance("SHA-256");
                digest.update((name + "\n").getBytes(StandardCharsets.UTF_8));
                id = Arrays.copyOf(digest.digest(typed), 4);
                vkey = name + "+" + HexFormat.of().formatHex(id) + "+" + Base64Text.of(typed);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        WitnessKey key() {
            return WitnessKey.parse(vkey).orElseThrow();
        }

        String cosigns(Checkpoint of, long time) {
            try {
                Signature ed25519 = Signature.getInstance("Ed25519");
                ed25519.initSign(pair.getPrivate());
                ed25519.update(
                        ("cosignature/v1\ntime " + time + "\n" + of.note().text()).getBytes(StandardCharsets.UTF_8));
                byte[] signature = ed25519.sign();
                return "\u2014 " + name + " "
                        + Base64Text.of(ByteBuffer.allocate(12 + signature.length)
                                .put(id)
                                .putLong(time)
                                .put(signature)
                                .array())
                        + "\n";
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Test
    void aCosignatureIsOfItsWitnessAndCheckpoint() {
        String line = one.cosigns(checkpoint, AT.getEpochSecond());
        Checkpoint cosigned = checkpoint.with(List.of(line));

        assertThat(one.key().of(cosigned)).contains(new WitnessKey.Cosignature(line, AT));
        assertThat(cosigned.isOf(log.verifier())).isTrue();
        assertThat(cosigned.alone()).hasToString(checkpoint.toString());
        assertThat(two.key().of(cosigned)).isEmpty();
        assertThat(one.key().of(checkpoint)).isEmpty();
        assertThat(new Witness("one.example").key().of(cosigned))
                .as("another key under the same name")
                .isEmpty();
        assertThat(one.key().of(log.sign(8, new byte[32]).with(List.of(line))))
                .as("of another checkpoint")
                .isEmpty();
        assertThat(one.key().of(checkpoint.with(List.of(one.cosigns(checkpoint, 0)))))
                .as("without a time")
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x\n",
                "\u2014 one.example AAAA\n",
                "\u2014 one.example\n",
                "\n\n",
                "\u2014 a b\n\n\u2014 c d\n"
            })
    void whatIsNoCosignatureIsNone(String answer) {
        assertThat(one.key().of(checkpoint.with(List.of(answer)))).isEmpty();
    }

    @Test
    void soManyOfThemAreNeededAndSeveralKeysOfOneAreOne() {
        Checkpoint cosigned = checkpoint.with(List.of(one.cosigns(checkpoint, 1)));

        assertThat(new WitnessPolicy(List.of(one.key(), two.key()), 1).isMet(cosigned))
                .isTrue();
        assertThat(new WitnessPolicy(List.of(one.key(), two.key()), 2).isMet(cosigned))
                .isFalse();
        assertThatThrownBy(() -> new WitnessPolicy(List.of(one.key(), new Witness("one.example").key()), 2))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new WitnessPolicy(List.of(one.key()), 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aLogsKeyIsNoWitnesss() {
        assertThat(WitnessKey.parse(log.verifier().toString())).isEmpty();
        assertThat(VerifierKey.parse(one.vkey)).isEmpty();
        assertThat(WitnessKey.parse(one.vkey)).get().hasToString(one.vkey);
        assertThat(WitnessKey.parse(one.vkey.replaceFirst("one", "two"))).isEmpty();
    }
}
