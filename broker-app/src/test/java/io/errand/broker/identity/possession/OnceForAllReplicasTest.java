package io.errand.broker.identity.possession;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.identity.Possession;
import io.errand.broker.identity.jwt.Replays;
import io.errand.testing.BrokerTest;
import io.errand.testing.Prover;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What replicas must agree on without talking to each other: which proofs were seen, and which nonces are good. */
@BrokerTest
class OnceForAllReplicasTest {

    private final JdbcClient jdbc;
    private final Replays here;
    private final Replays there;
    private final String key = UUID.randomUUID().toString();

    OnceForAllReplicasTest(@Autowired JdbcClient jdbc) {
        this.jdbc = jdbc;
        here = new Replays(jdbc);
        there = new Replays(jdbc);
    }

    @Test
    void whatOneReplicaHasSeenAnotherOneRefuses() {
        Instant until = Instant.now().plusSeconds(60);

        assertThat(here.isFirstOfKey(key, "1", until)).isTrue();
        assertThat(there.isFirstOfKey(key, "1", until)).isFalse();
        assertThat(there.isFirstOfKey(key, "2", until)).isTrue();
        assertThat(there.isFirstOfKey(key + "-other", "1", until)).isTrue();
    }

    @Test
    void ofTwentyAtOnceOneIsFirst() throws Exception {
        Instant until = Instant.now().plusSeconds(60);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            long first = threads
                    .invokeAll(Stream.<Callable<Boolean>>generate(() -> () -> here.isFirstOfKey(key, "x", until))
                            .limit(20)
                            .toList())
                    .stream()
                    .filter(Future::resultNow)
                    .count();

            assertThat(first).isEqualTo(1);
        }
    }

    /** CVE class "jti eviction": others that come after push nothing out, and tidying up waits until nobody could accept it. */
    @Test
    void nothingIsForgottenBeforeItsEndHoweverMuchComesAfterIt() {
        Instant until = Instant.now().plusSeconds(5);
        here.isFirstOfKey(key, "kept", until);
        IntStream.range(0, 2_000).forEach(i -> here.isFirstOfKey(key, "flood-" + i, until));

        here.purge();

        assertThat(there.isFirstOfKey(key, "kept", until)).isFalse();
    }

    @Test
    void whatIsLongOverIsForgotten() {
        here.isFirstOfKey(key, "old", Instant.now().minusSeconds(3_700));

        here.purge();

        assertThat(jdbc.sql("SELECT count(*) FROM replay WHERE issuer = :issuer")
                        .param("issuer", "dpop:" + key)
                        .query(Long.class)
                        .single())
                .isZero();
    }

    @Test
    void aNonceOfOneReplicaIsGoodAtAnother() {
        Nonces one = new Nonces(jdbc);
        Nonces other = new Nonces(jdbc);

        String nonce = one.current();

        assertThat(other.isAccepted(nonce)).isTrue();
        assertThat(one.isAccepted("A".repeat(24))).isFalse();
        assertThat(nonce).hasSize(24);
    }

    @Test
    void aNonceIsGoodForItsMinuteAndTwoMore() {
        Nonces nonces = new Nonces(jdbc);
        nonces.current();
        String two = ofMinutesAgo(2);
        String three = ofMinutesAgo(3);

        assertThat(nonces.isAccepted(three)).isFalse();
        // The minute may have ended between the two statements of this test; then it is of three minutes ago, and a new
        // one is not.
        assertThat(nonces.isAccepted(two) || nonces.isAccepted(ofMinutesAgo(1))).isTrue();
    }

    @Test
    void whereNoNonceIsDemandedAProofNeedsNone() {
        Nonces nonces = new Nonces(jdbc);
        String proof = new Prover().proof("POST", "/oauth2/token", null, null);
        Possession shown = new Possession(List.of(proof), "POST", BrokerTest.ISSUER + "/oauth2/token", List.of(), null);

        assertThat(new Dpop(nonces, here, new DpopProperties(false), Clock.systemUTC()).check(shown, null))
                .isInstanceOf(PossessionProofs.Shown.Proof.class);
        assertThat(new Dpop(nonces, here, new DpopProperties(true), Clock.systemUTC()).check(shown, null))
                .isInstanceOf(PossessionProofs.Shown.NonceMissing.class);
    }

    /** Headers of HTTP may come several times, and two proofs are none (RFC 9449 §4.3). */
    @Test
    void twoProofsAreNone() {
        Prover holder = new Prover();
        Possession shown = new Possession(
                List.of(holder.proof("GET", "/x", null, null), holder.proof("GET", "/x", null, null)),
                "GET",
                BrokerTest.ISSUER + "/x",
                List.of(),
                null);

        assertThat(new Dpop(new Nonces(jdbc), here, new DpopProperties(false), Clock.systemUTC()).check(shown, null))
                .isEqualTo(new PossessionProofs.Shown.Wrong("proof_number", "There are several DPoP headers."));
    }

    private String ofMinutesAgo(int minutes) {
        String nonce = "of-" + minutes + "-" + UUID.randomUUID();
        jdbc.sql("""
                        INSERT INTO dpop_nonce (minute, nonce) VALUES (floor(extract(epoch FROM now()) / 60) - :ago, :nonce)
                        ON CONFLICT (minute) DO UPDATE SET nonce = excluded.nonce
                        """).param("ago", minutes).param("nonce", nonce).update();
        return nonce;
    }
}
