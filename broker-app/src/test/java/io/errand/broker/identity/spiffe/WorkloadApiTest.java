package io.errand.broker.identity.spiffe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.jwk.JWKSet;
import io.errand.broker.identity.IdentityProperties;
import io.errand.broker.identity.jwt.KeySet;
import io.errand.broker.identity.jwt.VerificationKey;
import io.errand.testing.Authority;
import io.errand.testing.FakeWorkloadApi;
import io.errand.testing.FreePorts;
import io.errand.testing.TestIssuer;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trust bundles that the Workload API streams: there as long as it says so, and for a while after it went silent. */
class WorkloadApiTest {

    private static final String DOMAIN = "streamed.example";
    private static final TestIssuer KEYS = new TestIssuer();
    private static final Authority AUTHORITY = new Authority("authority");
    private static final IdentityProperties LIMITS =
            new IdentityProperties(Duration.ofMillis(50), Duration.ofMinutes(5), Duration.ofHours(1), 2000, Map.of());

    private final Shifted clock = new Shifted();
    private final FakeWorkloadApi served = FakeWorkloadApi.atSocket();
    private final WorkloadApi api = listening(served.uri());
    private final KeySet keys = api.keysOf(DOMAIN);

    @AfterEach
    void stop() {
        api.stop();
        served.close();
    }

    @AfterAll
    static void close() {
        KEYS.close();
    }

    @Test
    void aSocketThatComesLaterIsFoundAndUntilThenNothingIsTrusted() {
        api.start();
        assertThat(keys.find("ec-1")).isInstanceOf(KeySet.Unavailable.class);
        assertThat(keys.authorities()).isInstanceOf(KeySet.Unavailable.class);

        served.jwtBundle(DOMAIN, plain("ec-1"));
        served.x509Bundle(DOMAIN, AUTHORITY.own().certificate());
        served.start();

        await().untilAsserted(() -> assertThat(kids()).containsExactly("ec-1"));
        await().untilAsserted(() -> assertThat(keys.authorities())
                .isEqualTo(new KeySet.Authorities(List.of(AUTHORITY.own().certificate()))));
    }

    @Test
    void rotationIsSeenWithoutBeingAskedFor() {
        started(plain("ec-1"));

        served.jwtBundle(DOMAIN, plain("ec-2"));

        await().untilAsserted(() -> assertThat(kids()).containsExactly("ec-2"));
        assertThat(keys.find("ec-1")).isEqualTo(new KeySet.Known(List.of()));
    }

    @Test
    void aTrustDomainThatIsNotServedAnyMoreIsTrustedNoMore() {
        started(plain("ec-1"));

        served.jwtBundle(DOMAIN, null);

        await().untilAsserted(() -> assertThat(keys.find("ec-1")).isInstanceOf(KeySet.Unavailable.class));
        assertThat(api.keysOf("other.example").find("ec-1")).isInstanceOf(KeySet.Unavailable.class);
    }

    @Test
    void aBrokenSocketServesFromWhatItSaidForASetTimeAndThenDenies() {
        started(plain("ec-1"));

        served.stop();
        clock.forward(LIMITS.staleKeys().minusMinutes(5));
        assertThat(kids()).containsExactly("ec-1");

        // From when the stream broke, which its end may be told of a moment later.
        await().untilAsserted(() -> {
            clock.forward(Duration.ofMinutes(10));
            assertThat(keys.find("ec-1")).isInstanceOf(KeySet.Unavailable.class);
        });

        served.jwtBundle(DOMAIN, plain("ec-2"));
        served.start();
        await().untilAsserted(() -> assertThat(kids()).containsExactly("ec-2"));
    }

    @Test
    void aStreamThatEndsWithoutAnErrorIsOpenedAgain() {
        started(plain("ec-1"));

        served.endStreams();
        served.jwtBundle(DOMAIN, plain("ec-2"));

        await().untilAsserted(() -> assertThat(kids()).containsExactly("ec-2"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{\"keys\":{}}", "{\"keys\":[],\"keys\":[]}", "null", "{"})
    void whatIsNoKeySetIsNoBundle(String garbage) {
        started(plain("ec-1"));

        served.jwtBundle(DOMAIN, garbage);

        await().untilAsserted(() -> assertThat(keys.find("ec-1")).isInstanceOf(KeySet.Unavailable.class));
    }

    @Test
    void onlyKeysForTokensCount() {
        started(KEYS.bundle());

        // One for certificates, and one of a plain set.
        assertThat(kids()).containsExactlyInAnyOrder("ec-1", "ec-plain");
    }

    @Test
    void aPortServesAsWell() throws IOException {
        try (FakeWorkloadApi tcp = FakeWorkloadApi.atPort(FreePorts.next()).start()) {
            tcp.jwtBundle(DOMAIN, plain("ec-1"));
            WorkloadApi there = listening(tcp.uri());
            there.start();
            try {
                await().untilAsserted(() ->
                        assertThat(there.keysOf(DOMAIN).find("ec-1")).isInstanceOf(KeySet.Known.class));
            } finally {
                there.stop();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/run/spire/agent.sock",
                "unix:relative.sock",
                "unix://host/run/agent.sock",
                "tcp://localhost:8081",
                "tcp://127.0.0.1",
                "tcp://127.0.0.1:8081/path",
                "https://127.0.0.1:8081"
            })
    void whatIsNoSocketStopsTheStartAndSaysWhichSetting(String wrong) {
        assertThatThrownBy(() -> new SpiffeProperties(wrong))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("errand.identity.spiffe.workload-api-socket");
    }

    @Test
    void withoutASocketNothingIsTrustedAndTheReasonNamesTheSetting() {
        WorkloadApi none = listening("");

        assertThat(none.isAutoStartup()).isFalse();
        assertThat(none.keysOf(DOMAIN).find("ec-1"))
                .isEqualTo(new KeySet.Unavailable("errand.identity.spiffe.workload-api-socket is not set"));
    }

    private void started(String bundle) {
        served.jwtBundle(DOMAIN, bundle);
        served.start();
        api.start();
        await().untilAsserted(() -> assertThat(kids()).contains("ec-1"));
    }

    private List<String> kids() {
        return keys.find(null) instanceof KeySet.Known(List<VerificationKey> known)
                ? known.stream().map(VerificationKey::kid).toList()
                : List.of();
    }

    /** As agents write it: no {@code use}. */
    private static String plain(String kid) {
        return new JWKSet(new com.nimbusds.jose.jwk.ECKey.Builder(KEYS.ec().toPublicJWK())
                        .keyID(kid)
                        .build())
                .toString(true);
    }

    private WorkloadApi listening(String uri) {
        return new WorkloadApi(new SpiffeProperties(uri), LIMITS, clock);
    }

    private static final class Shifted extends Clock {

        private volatile Duration shift = Duration.ZERO;

        void forward(Duration by) {
            shift = shift.plus(by);
        }

        @Override
        public Instant instant() {
            return Instant.now().plus(shift);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
