package io.errand.broker.identity;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.errand.broker.identity.Verification.Rejected;
import io.errand.broker.identity.Verification.Verified;
import io.errand.broker.identity.issuer.Allowances;
import io.errand.broker.identity.jwt.IdentityTokens;
import io.errand.testing.Admins;
import io.errand.testing.BrokerTest;
import io.errand.testing.TestIssuer;
import io.github.bucket4j.TimeMeter;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;

/** One issuer that is loud, slow or silent costs the others nothing. */
@BrokerTest
class NoisyIssuerTest {

    @Autowired
    private IdentityTokens tokens;

    @LocalServerPort
    private int port;

    @Test
    void issuerWhoseKeysNeverComeDelaysNobodyElse() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        HttpServer silent = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        silent.createContext("/", exchange -> {
            asked.countDown();
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
        });
        try (TestIssuer stuck = new TestIssuer();
                TestIssuer healthy = new TestIssuer();
                var threads = Executors.newVirtualThreadPerTaskExecutor();
                var server = Executors.newVirtualThreadPerTaskExecutor()) {
            silent.setExecutor(server);
            silent.start();
            var resource = Admins.issuer(stuck, "workload");
            resource.put(
                    "jwks",
                    Map.of("uri", "http://127.0.0.1:" + silent.getAddress().getPort() + "/jwks"));
            Admins.register(port, "stuck", resource);
            Admins.register(port, "healthy", Admins.issuer(healthy, "workload"));

            var waiting = IntStream.range(0, 200)
                    .mapToObj(n -> CompletableFuture.supplyAsync(() -> verify(stuck.token("pod-" + n)), threads))
                    .toList();
            assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
            Instant before = Instant.now();
            assertThat(verify(healthy.token("pod"))).isInstanceOf(Verified.class);

            assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(1));
            assertThat(waiting)
                    .allSatisfy(one -> assertThat(one.get(10, TimeUnit.SECONDS))
                            .isInstanceOfSatisfying(
                                    Rejected.class,
                                    no -> assertThat(no.reason()).isEqualTo("keys_unavailable")));
            never.countDown();
        } finally {
            never.countDown();
            silent.stop(0);
        }
    }

    @Test
    void issuerThatIsTooLoudIsCutOffByItselfAndOnlyForAMoment() {
        SettableTime time = new SettableTime();
        Allowances allowances = new Allowances(10, time);

        for (int i = 0; i < 10; i++) {
            assertThat(allowances.mayVerify("loud")).isTrue();
        }
        assertThat(allowances.mayVerify("loud")).isFalse();
        assertThat(allowances.mayVerify("quiet")).isTrue();
        time.now += TimeUnit.MILLISECONDS.toNanos(100);

        assertThat(allowances.mayVerify("loud")).isTrue();
        assertThat(allowances.mayVerify("loud")).isFalse();
    }

    private static final class SettableTime implements TimeMeter {

        private long now;

        @Override
        public long currentTimeNanos() {
            return now;
        }

        @Override
        public boolean isWallClockBased() {
            return false;
        }
    }

    private Verification verify(String token) {
        return tokens.verify(token, TokenType.JWT, Set.of(IssuerPurpose.WORKLOAD));
    }
}
