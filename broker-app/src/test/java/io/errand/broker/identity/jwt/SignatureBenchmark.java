package io.errand.broker.identity.jwt;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import io.errand.broker.crypto.NativeCrypto;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.util.List;

/** Prints how many signatures one thread verifies and makes in a second, in the JDK and natively, in turns of one run. */
final class SignatureBenchmark {

    private static final int ROUNDS = 3;
    private static final long ROUND = 1_000_000_000L;
    private static final byte[] SIGNED = "header.payload".getBytes(StandardCharsets.US_ASCII);

    private interface Operation {
        void once() throws Exception;
    }

    private SignatureBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        for (Algorithm algorithm :
                List.of(Algorithm.ES256, Algorithm.ES384, Algorithm.ES512, Algorithm.RS256, Algorithm.RS512)) {
            KeyPair pair = SignaturesTest.pair(algorithm);
            byte[] signature = SignaturesTest.sign(algorithm, pair);
            var held = NativeCrypto.held(pair.getPublic());
            compare(
                    algorithm.wire() + " verify",
                    () -> require(algorithm.verifies(pair.getPublic(), SIGNED, signature)),
                    () -> require(algorithm.verifies(held, SIGNED, signature)));
        }
        ECKey key = new ECKeyGenerator(Curve.P_256).generate();
        ECDSASigner jdk = new ECDSASigner(key);
        ECDSASigner fast = new ECDSASigner(NativeCrypto.held(key.toECPrivateKey()), Curve.P_256);
        NativeCrypto.provider().ifPresent(fast.getJCAContext()::setProvider);
        var header = new com.nimbusds.jose.JWSHeader(JWSAlgorithm.ES256);
        compare("ES256 sign", () -> jdk.sign(header, SIGNED), () -> fast.sign(header, SIGNED));
    }

    private static void compare(String what, Operation jdk, Operation fast) throws Exception {
        rate(jdk); // warm
        rate(fast);
        for (int round = 0; round < ROUNDS; round++) {
            double slow = rate(jdk);
            double quick = rate(fast);
            System.out.printf("%-14s JDK %8.0f/s, native %8.0f/s, %5.1f times%n", what, slow, quick, quick / slow);
        }
    }

    private static double rate(Operation operation) throws Exception {
        long begun = System.nanoTime();
        long done = 0;
        while (System.nanoTime() - begun < ROUND) {
            operation.once();
            done++;
        }
        return done * 1e9 / (System.nanoTime() - begun);
    }

    private static void require(boolean verified) {
        if (!verified) {
            throw new IllegalStateException("a good signature was refused");
        }
    }
}
