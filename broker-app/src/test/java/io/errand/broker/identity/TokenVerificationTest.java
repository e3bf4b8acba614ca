package io.errand.broker.identity;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.JWTClaimsSet;
import io.errand.broker.identity.Verification.Rejected;
import io.errand.broker.identity.Verification.Verified;
import io.errand.broker.identity.jwt.IdentityTokens;
import io.errand.broker.identity.jwt.Replays;
import io.errand.testing.Admins;
import io.errand.testing.BrokerTest;
import io.errand.testing.Forgeries;
import io.errand.testing.Forgeries.Forgery;
import io.errand.testing.TestIssuer;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

@BrokerTest
class TokenVerificationTest {

    private static final TestIssuer ISSUER = new TestIssuer();
    private static final TestIssuer ONCE = new TestIssuer();
    private static final TestIssuer STAFF = new TestIssuer();
    private static final Set<IssuerPurpose> WORKLOAD = Set.of(IssuerPurpose.WORKLOAD);

    @Autowired
    private IdentityTokens tokens;

    @Autowired
    private Replays replays;

    @Autowired
    private JdbcClient jdbc;

    @LocalServerPort
    private int port;

    @BeforeEach
    void issuersAreRegistered() {
        Admins.register(port, "verified", Admins.issuer(ISSUER, "workload"));
        Admins.register(port, "staff", Admins.issuer(STAFF, "person"));
        var once = Admins.issuer(ONCE, "workload");
        once.put("single_use", true);
        Admins.register(port, "once", once);
    }

    @AfterAll
    static void close() {
        List.of(ISSUER, ONCE, STAFF).forEach(TestIssuer::close);
    }

    static List<Forgery> forgeries() {
        return Forgeries.all();
    }

    @ParameterizedTest
    @MethodSource("forgeries")
    void forgeryIsRejectedAndTheNextGoodTokenAccepted(Forgery forgery) {
        Instant before = Instant.now();

        Verification answer = tokens.verify(forgery.token().apply(ISSUER), TokenType.JWT, WORKLOAD);

        assertThat(answer)
                .isInstanceOfSatisfying(
                        Rejected.class, no -> assertThat(no.reason()).isEqualTo(forgery.reason()));
        assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(2));
        assertThat(subject(ISSUER.token("next"))).isEqualTo("next");
    }

    @ParameterizedTest
    @CsvSource({
        // header typ, claim,  declared,     accepted
        "JWT,         none,     JWT,          true",
        "JWT,         none,     ID_TOKEN,     true",
        "JWT,         none,     ACCESS_TOKEN, true",
        "application/jwt, none, JWT,          true",
        "at+jwt,      none,     ACCESS_TOKEN, true",
        "at+jwt,      none,     JWT,          true",
        "at+jwt,      none,     ID_TOKEN,     false",
        "JWT,         ID,       ID_TOKEN,     true",
        "JWT,         ID,       ACCESS_TOKEN, false",
        "JWT,         Bearer,   ACCESS_TOKEN, true",
        "JWT,         Bearer,   ID_TOKEN,     false",
        "JWT,         Refresh,  JWT,          false",
        "JWT,         at_hash,  ACCESS_TOKEN, false",
        "JWT,         scope,    ID_TOKEN,     false",
        "dpop+jwt,    none,     JWT,          false",
        "errand-credential+jwt, none, JWT,    false",
        "errand-receipt+jwt, none, ACCESS_TOKEN, false",
    })
    void tokenIsWhatItIsDeclaredToBe(String typ, String claim, TokenType declared, boolean accepted) {
        JWTClaimsSet claims = ISSUER.claims("kind", shape -> {
            switch (claim) {
                case "none" -> {}
                case "at_hash", "scope" -> shape.claim(claim, "x");
                default -> shape.claim("typ", claim);
            }
        });
        String token = TestIssuer.sign(ISSUER.ec(), JWSAlgorithm.ES256, new JOSEObjectType(typ), claims);

        assertThat(tokens.verify(token, declared, WORKLOAD) instanceof Verified).isEqualTo(accepted);
    }

    @ParameterizedTest
    @CsvSource({"RS256", "PS256"})
    void rsaTokensAreAccepted(String alg) {
        String token = TestIssuer.sign(
                ISSUER.rsa(), JWSAlgorithm.parse(alg), JOSEObjectType.JWT, ISSUER.claims("rsa", claims -> {}));

        assertThat(subject(token)).isEqualTo("rsa");
    }

    @Test
    void tokenAsKeycloakMakesItIsAccepted() {
        String token = ISSUER.token(
                "f:1:alice",
                claims -> claims.audience(List.of("account", "errand"))
                        .claim("typ", "Bearer")
                        .claim("azp", "portal")
                        .claim("scope", "openid email"));

        assertThat(tokens.verify(token, TokenType.ACCESS_TOKEN, WORKLOAD))
                .isInstanceOfSatisfying(Verified.class, yes -> {
                    assertThat(yes.identity().issuer()).isEqualTo("verified");
                    assertThat(yes.identity().purpose()).isEqualTo(IssuerPurpose.WORKLOAD);
                    assertThat(yes.identity().subject()).isEqualTo("f:1:alice");
                    assertThat(yes.identity().claims()).containsEntry("azp", "portal");
                });
    }

    @Test
    void expiryWithinTheSkewIsAccepted() {
        assertThat(subject(ISSUER.token(
                        "late", claims -> claims.issueTime(in(-350)).expirationTime(in(-50)))))
                .isEqualTo("late");
        assertThat(subject(ISSUER.token("early", claims -> claims.notBeforeTime(in(50)))))
                .isEqualTo("early");
    }

    @Test
    void personsTokenIsNoWorkloadsAndTheReverse() {
        assertThat(reason(tokens.verify(STAFF.token("alice"), TokenType.JWT, WORKLOAD)))
                .isEqualTo("issuer_purpose");
        assertThat(reason(tokens.verify(ISSUER.token("pod"), TokenType.JWT, Set.of(IssuerPurpose.PERSON))))
                .isEqualTo("issuer_purpose");
        assertThat(tokens.verify(STAFF.token("alice"), TokenType.JWT, Set.of(IssuerPurpose.values())))
                .isInstanceOf(Verified.class);
    }

    @Test
    void tokenOfASingleUseIssuerIsAcceptedOnce() {
        String token = ONCE.token("pod");

        assertThat(subject(token)).isEqualTo("pod");
        assertThat(reason(tokens.verify(token, TokenType.JWT, WORKLOAD))).isEqualTo("replayed");
        assertThat(subject(ONCE.token("pod"))).isEqualTo("pod");
    }

    @Test
    void withoutTokenIdTheOtherSpellingOfItsSignatureIsTheSameToken() {
        String token = ONCE.token("pod", claims -> claims.jwtID(null));

        assertThat(subject(token)).isEqualTo("pod");
        assertThat(reason(tokens.verify(otherSpelling(token), TokenType.JWT, WORKLOAD)))
                .isEqualTo("replayed");
    }

    @Test
    void rejectedTokenIsNotUsedUp() {
        Consumer<JWTClaimsSet.Builder> sameId = claims -> claims.jwtID("one-id");

        assertThat(reason(tokens.verify(
                        ONCE.token("pod", sameId.andThen(claims -> claims.audience("x"))), TokenType.JWT, WORKLOAD)))
                .isEqualTo("audience_mismatch");
        assertThat(subject(ONCE.token("pod", sameId))).isEqualTo("pod");
    }

    @Test
    void ofManyAtOnceOneIsFirst() throws InterruptedException, ExecutionException {
        String token = ONCE.token("pod");
        long accepted = 0;

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = threads.invokeAll(
                    java.util.Collections.nCopies(16, () -> tokens.verify(token, TokenType.JWT, WORKLOAD)));
            for (var answer : answers) {
                accepted += answer.get() instanceof Verified ? 1 : 0;
            }
        }

        assertThat(accepted).isEqualTo(1);
    }

    @Test
    void replaysAreForgottenLongAfterTheyExpired() {
        jdbc.sql("""
                INSERT INTO replay VALUES ('purge', 'old', now() - interval '61 minutes'), ('purge', 'new', now())
                """).update();

        replays.purge();

        assertThat(jdbc.sql("SELECT token FROM replay WHERE issuer = 'purge'")
                        .query(String.class)
                        .list())
                .containsExactly("new");
    }

    @Test
    void deletedIssuerIsTrustedForNotOneTokenMore() {
        try (TestIssuer leaving = new TestIssuer()) {
            Admins.register(port, "leaving", Admins.issuer(leaving, "workload"));
            assertThat(subject(leaving.token("pod"))).isEqualTo("pod");

            Admins.at(port).delete("/admin/v1/issuers/leaving");

            assertThat(reason(tokens.verify(leaving.token("pod"), TokenType.JWT, WORKLOAD)))
                    .isEqualTo("issuer_unknown");
        }
    }

    @Test
    void rotatedKeyIsAcceptedWithoutRestartAndStrangeKeysCauseOneRequest() throws Exception {
        try (TestIssuer rotating = new TestIssuer();
                TestIssuer next = new TestIssuer()) {
            Admins.register(port, "rotating", Admins.issuer(rotating, "workload"));
            assertThat(subject(rotating.token("pod"))).isEqualTo("pod");
            assertThat(rotating.keyRequests()).isEqualTo(1);
            var key = new com.nimbusds.jose.jwk.ECKey.Builder(next.ec())
                    .keyID("ec-2")
                    .build();

            rotating.published().add(key);
            String signed = TestIssuer.sign(
                    key, JWSAlgorithm.ES256, JOSEObjectType.JWT, rotating.claims("rotated", claims -> {}));
            assertThat(subject(signed)).isEqualTo("rotated");
            var stranger = new com.nimbusds.jose.jwk.ECKey.Builder(next.ec())
                    .keyID("ec-3")
                    .build();
            for (int i = 0; i < 20; i++) {
                String strange = TestIssuer.sign(
                        stranger, JWSAlgorithm.ES256, JOSEObjectType.JWT, rotating.claims("x", claims -> {}));
                assertThat(reason(tokens.verify(strange, TokenType.JWT, WORKLOAD)))
                        .isEqualTo("key_unknown");
            }

            assertThat(rotating.keyRequests()).isEqualTo(2);
        }
    }

    private String subject(String token) {
        return tokens.verify(token, TokenType.JWT, WORKLOAD) instanceof Verified yes
                ? yes.identity().subject()
                : "rejected: " + tokens.verify(token, TokenType.JWT, WORKLOAD);
    }

    private static String reason(Verification answer) {
        return answer instanceof Rejected no ? no.reason() : "verified";
    }

    private static Date in(long seconds) {
        return Date.from(Instant.now().plusSeconds(seconds));
    }

    /** (r, n - s) verifies wherever (r, s) does. */
    private static String otherSpelling(String token) {
        int dot = token.lastIndexOf('.');
        byte[] signature = Base64.getUrlDecoder().decode(token.substring(dot + 1));
        BigInteger order = com.nimbusds.jose.jwk.Curve.P_256.toECParameterSpec().getOrder();
        byte[] s = order.subtract(new BigInteger(1, signature, 32, 32)).toByteArray();
        java.util.Arrays.fill(signature, 32, 64, (byte) 0);
        int length = Math.min(32, s.length);
        System.arraycopy(s, s.length - length, signature, 64 - length, length);
        return token.substring(0, dot + 1)
                + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
    }
}
