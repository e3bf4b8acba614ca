package io.errand.broker.identity.jwt;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.crypto.impl.ECDSA;
import io.errand.broker.crypto.NativeCrypto;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What verifies natively and what verifies in the JDK is the same. */
class SignaturesTest {

    private static final byte[] SIGNED = "header.payload".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    @Test
    void theLibraryLoadsHere() {
        assertThat(NativeCrypto.provider()).isPresent();
    }

    @ParameterizedTest
    @EnumSource(
            value = Algorithm.class,
            names = {"ES256", "ES384", "ES512", "RS256", "RS384", "RS512"})
    void bothTakeTheGoodOneAndNoOther(Algorithm algorithm) throws GeneralSecurityException {
        KeyPair pair = pair(algorithm);
        byte[] good = sign(algorithm, pair);
        byte[] flipped = good.clone();
        flipped[flipped.length - 1] ^= 1;

        for (PublicKey key : List.of(pair.getPublic(), NativeCrypto.held(pair.getPublic()))) {
            assertThat(algorithm.verifies(key, SIGNED, good)).isTrue();
            assertThat(algorithm.verifies(key, SIGNED, flipped)).isFalse();
            assertThat(algorithm.verifies(key, "other".getBytes(java.nio.charset.StandardCharsets.US_ASCII), good))
                    .isFalse();
            assertThat(algorithm.verifies(key, SIGNED, Arrays.copyOf(good, good.length + 1)))
                    .isFalse();
        }
        assertThat(NativeCrypto.holds(NativeCrypto.held(pair.getPublic()))).isTrue();
    }

    /** CVE-2022-21449 and its relatives: zero, the group's order and what is beyond it are no r and no s. */
    @ParameterizedTest
    @EnumSource(
            value = Algorithm.class,
            names = {"ES256", "ES384", "ES512"})
    void neitherTakesNumbersOutsideTheGroup(Algorithm algorithm) throws GeneralSecurityException, JOSEException {
        KeyPair pair = pair(algorithm);
        byte[] good = sign(algorithm, pair);
        int half = good.length / 2;
        BigInteger order = ((ECPublicKey) pair.getPublic()).getParams().getOrder();
        byte[] zero = new byte[half];
        byte[] n = wide(order, half);
        byte[] r = Arrays.copyOf(good, half);
        byte[] s = Arrays.copyOfRange(good, half, good.length);

        for (PublicKey key : List.of(pair.getPublic(), NativeCrypto.held(pair.getPublic()))) {
            for (byte[] forged : List.of(
                    joined(zero, zero), joined(r, zero), joined(zero, s), joined(n, n), joined(r, n), joined(n, s))) {
                assertThat(algorithm.verifies(key, SIGNED, forged)).isFalse();
            }
            assertThat(algorithm.verifies(key, SIGNED, ECDSA.transcodeSignatureToDER(good)))
                    .isFalse();
        }
    }

    private static byte[] wide(BigInteger number, int size) {
        byte[] bytes = number.toByteArray();
        byte[] half = new byte[size];
        int from = Math.max(0, bytes.length - size);
        System.arraycopy(bytes, from, half, size - (bytes.length - from), bytes.length - from);
        return half;
    }

    private static byte[] joined(byte[] r, byte[] s) {
        byte[] both = Arrays.copyOf(r, r.length + s.length);
        System.arraycopy(s, 0, both, r.length, s.length);
        return both;
    }

    static KeyPair pair(Algorithm algorithm) throws GeneralSecurityException {
        if (algorithm.keyForm().equals("RSA")) {
            KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
            rsa.initialize(2048);
            return rsa.generateKeyPair();
        }
        KeyPairGenerator ec = KeyPairGenerator.getInstance("EC");
        ec.initialize(new ECGenParameterSpec("secp" + algorithm.keyForm().substring(2) + "r1"));
        return ec.generateKeyPair();
    }

    static byte[] sign(Algorithm algorithm, KeyPair pair) throws GeneralSecurityException {
        String digest = "SHA" + algorithm.wire().substring(2);
        Signature signature = Signature.getInstance(
                digest + (algorithm.keyForm().equals("RSA") ? "withRSA" : "withECDSAinP1363Format"));
        signature.initSign(pair.getPrivate());
        signature.update(SIGNED);
        return signature.sign();
    }
}
