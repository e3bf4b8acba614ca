package io.errand.broker.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSObject;
import io.errand.testing.Admins;
import io.errand.testing.BrokerTest;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;

/** Keys are replaced without restart, and what they signed verifies as long as it may be shown. */
@BrokerTest
class KeyRotationTest {

    private static final Map<String, Object> CLAIMS = Map.of("sub", "agent:a");

    @Autowired
    private SigningKeyRows rows;

    @Autowired
    private KeyRotation rotation;

    @Autowired
    private PlatformTransactionManager transactions;

    @Autowired
    private JdbcClient jdbc;

    @LocalServerPort
    private int port;

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @ParameterizedTest
    @ValueSource(strings = {"ES256", "RS256"})
    void whatARetiredKeySignedVerifiesAndItsPrivatePartIsGone(String alg) {
        String token = replica().sign(TokenKind.RECEIPT, CLAIMS, alg);

        rotateAtOnce(alg);

        assertThat(replica().read(TokenKind.RECEIPT, token)).contains(CLAIMS);
        assertThat(publishedKids()).contains(kid(token));
        assertThat(kid(replica().sign(TokenKind.RECEIPT, CLAIMS, alg))).isNotEqualTo(kid(token));
        assertThat(jdbc.sql("SELECT sealed IS NULL FROM signing_key WHERE kid = :kid")
                        .param("kid", kid(token))
                        .query(Boolean.class)
                        .single())
                .isTrue();
    }

    @Test
    void otherReplicaSwitchesWithinSeconds() {
        KeyRing other = replica();
        String before = kid(other.sign(TokenKind.RECEIPT, CLAIMS));

        rotateAtOnce("ES256");
        String meanwhile = other.sign(TokenKind.RECEIPT, CLAIMS);
        now = now.plus(KeyRing.BELIEVED);
        String after = other.sign(TokenKind.RECEIPT, CLAIMS);

        assertThat(kid(meanwhile)).isEqualTo(before);
        assertThat(kid(after)).isNotEqualTo(before);
        assertThat(replica().read(TokenKind.RECEIPT, meanwhile)).isPresent();
        assertThat(other.read(TokenKind.RECEIPT, after)).isPresent();
    }

    @Test
    void newKeyIsPublishedBeforeItSigns() {
        String before = kid(replica().sign(TokenKind.RECEIPT, CLAIMS));

        admin().post("/admin/v1/keys/rotate", Map.of("alg", "ES256"));
        rotation.onSchedule();
        String next = next();

        assertThat(publishedKids()).contains(before, next);
        assertThat(kid(replica().sign(TokenKind.RECEIPT, CLAIMS))).isEqualTo(before);
        jdbc.sql("UPDATE signing_key SET created_at = now() - interval '61 minutes' WHERE state = 'next'")
                .update();
        rotation.onSchedule();
        assertThat(kid(replica().sign(TokenKind.RECEIPT, CLAIMS))).isEqualTo(next);
    }

    @Test
    void keyIsReplacedInItsTimeAndOnceForAllReplicas() throws Exception {
        String before = kid(replica().sign(TokenKind.RECEIPT, CLAIMS));
        rotation.onSchedule();
        assertThat(jdbc.sql("SELECT kid FROM signing_key WHERE state = 'next' AND alg = 'ES256'")
                        .query(String.class)
                        .list())
                .isEmpty();

        jdbc.sql("UPDATE signing_key SET active_at = now() - interval '719 hours 1 minute' WHERE kid = :kid")
                .param("kid", before)
                .update();
        Callable<Boolean> tick = () -> {
            rotation.onSchedule();
            return true;
        };
        try (var replicas = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var one : replicas.invokeAll(List.of(tick, tick, tick))) {
                assertThat(one.get()).isTrue();
            }
        }

        assertThat(next()).isNotEqualTo(before);
        rotateAtOnce("ES256");
    }

    @Test
    void keyIsPublishedUntilItsRetentionIsOver() {
        String token = replica().sign(TokenKind.RECEIPT, CLAIMS);
        rotateAtOnce("ES256");
        jdbc.sql("UPDATE signing_key SET retiring_at = now() - interval '399 days' WHERE kid = :kid")
                .param("kid", kid(token))
                .update();
        rotation.onSchedule();
        assertThat(publishedKids()).contains(kid(token));

        jdbc.sql("UPDATE signing_key SET retiring_at = now() - interval '401 days' WHERE kid = :kid")
                .param("kid", kid(token))
                .update();
        rotation.onSchedule();

        assertThat(publishedKids()).doesNotContain(kid(token));
        assertThat(replica().read(TokenKind.RECEIPT, token)).isEmpty();
    }

    @Test
    void onlyAnAdministratorRotatesAndEveryChangeIsOnTheRecord() {
        Wire anonymous = Wire.at(port);

        assertThat(anonymous.post("/admin/v1/keys/rotate", Map.of()).status()).isEqualTo(401);
        assertThat(anonymous
                        .as(Admins.token("errand.operator"))
                        .post("/admin/v1/keys/rotate", Map.of())
                        .status())
                .isEqualTo(403);
        assertThat(admin().post("/admin/v1/keys/rotate", Map.of("alg", "HS256")).status())
                .isEqualTo(400);
        Answer listed = anonymous.as(Admins.token("errand.auditor")).get("/admin/v1/keys");
        String active = kid(replica().sign(TokenKind.RECEIPT, CLAIMS));
        rotateAtOnce("ES256");

        assertThat(listed.status()).isEqualTo(200);
        assertThat(listed.text()).doesNotContain("\"d\"", "\"sealed\"", "jwk");
        assertThat(jdbc.sql("SELECT kind || ' ' || who FROM audit_event WHERE details->>'kid' = :kid ORDER BY id")
                        .param("kid", active)
                        .query(String.class)
                        .list())
                .last()
                .isEqualTo("key.retired person:people:root");
    }

    @Test
    void settingsThatWouldLoseTokensAreRefused() {
        assertThatThrownBy(() -> new RotationProperties(Duration.ofDays(30), Duration.ZERO, Duration.ofDays(1)))
                .hasMessageContaining("errand.key.retention");
        assertThatThrownBy(() -> new RotationProperties(Duration.ofHours(1), Duration.ofHours(1), Duration.ofDays(9)))
                .hasMessageContaining("errand.key.rotation-interval");
    }

    private KeyRing replica() {
        return new KeyRing(rows, transactions, (InstantSource) () -> now);
    }

    private void rotateAtOnce(String alg) {
        assertThat(admin().post("/admin/v1/keys/rotate", Map.of("alg", alg, "immediately", true))
                        .status())
                .isEqualTo(200);
    }

    private Wire admin() {
        return Admins.at(port);
    }

    private String next() {
        return jdbc.sql("SELECT kid FROM signing_key WHERE state = 'next' AND alg = 'ES256'")
                .query(String.class)
                .single();
    }

    private List<String> publishedKids() {
        return replica().published().stream()
                .map(jwk -> String.valueOf(jwk.get("kid")))
                .toList();
    }

    private static String kid(String token) {
        try {
            return JWSObject.parse(token).getHeader().getKeyID();
        } catch (ParseException e) {
            throw new AssertionError(e);
        }
    }
}
