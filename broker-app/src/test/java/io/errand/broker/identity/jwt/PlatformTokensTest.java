package io.errand.broker.identity.jwt;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.JWTClaimsSet;
import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.TokenType;
import io.errand.broker.identity.Verification;
import io.errand.broker.identity.Verification.Rejected;
import io.errand.broker.identity.Verification.Verified;
import io.errand.broker.identity.spiffe.BundleFile;
import io.errand.testing.Admins;
import io.errand.testing.BrokerTest;
import io.errand.testing.Forgeries;
import io.errand.testing.Forgeries.Forgery;
import io.errand.testing.TestIssuer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Tokens as platforms make them: JWT-SVIDs of a trust domain, and projected tokens of Kubernetes service accounts. */
@BrokerTest
class PlatformTokensTest {

    private static final TestIssuer DOMAIN = new TestIssuer();
    private static final TestIssuer OTHER_DOMAIN = new TestIssuer();
    private static final TestIssuer CLUSTER = new TestIssuer();
    private static final String TRIAGE = "spiffe://forgeries.example/triage";

    @Autowired
    private IdentityTokens tokens;

    @LocalServerPort
    private int port;

    @BeforeEach
    void issuersAreRegistered() {
        Admins.register(port, "domain", domain("forgeries.example", DOMAIN));
        Admins.register(port, "neighbour", domain("neighbour.example", OTHER_DOMAIN));
        var cluster = Admins.issuer(CLUSTER, "workload");
        cluster.put("jwks", Map.of("keys", List.of(CLUSTER.rsa().toPublicJWK().toJSONObject())));
        Admins.register(port, "cluster", cluster);
    }

    @AfterAll
    static void close() {
        List.of(DOMAIN, OTHER_DOMAIN, CLUSTER).forEach(TestIssuer::close);
    }

    static List<Forgery> forgeries() {
        return Forgeries.spiffe();
    }

    @ParameterizedTest
    @MethodSource("forgeries")
    void whatIsNoSvidOfTheTrustDomainIsRejected(Forgery forgery) {
        assertThat(reason(forgery.token().apply(DOMAIN))).isEqualTo(forgery.reason());
        assertThat(identity(svid(DOMAIN, TRIAGE))).isEqualTo("domain " + TRIAGE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"JWT", "JOSE"})
    void svidNeedsNeitherIssuerNorTokenId(String typ) {
        String token = TestIssuer.sign(DOMAIN.ec(), JWSAlgorithm.ES256, new JOSEObjectType(typ), claims(TRIAGE));

        assertThat(identity(token)).isEqualTo("domain " + TRIAGE);
    }

    /** SPIRE writes its configured {@code jwt_issuer} into every SVID. */
    @ParameterizedTest
    @ValueSource(strings = {"https://spire.example", "spiffe://forgeries.example"})
    void svidMayNameAnIssuerThatIsNotRegistered(String iss) {
        assertThat(identity(svid(DOMAIN, TRIAGE, claims -> claims.issuer(iss)))).isEqualTo("domain " + TRIAGE);
    }

    @Test
    void tokenThatNamesARegisteredIssuerIsOnlyThatIssuers() {
        assertThat(reason(svid(DOMAIN, TRIAGE, claims -> claims.issuer(CLUSTER.url()))))
                .isEqualTo("key_unknown");
        String clusters = TestIssuer.sign(
                CLUSTER.rsa(), JWSAlgorithm.RS256, JOSEObjectType.JWT, CLUSTER.claims(TRIAGE, claims -> {}));
        assertThat(identity(clusters)).isEqualTo("cluster " + TRIAGE);
    }

    @Test
    void trustDomainSpeaksForItselfOnly() {
        assertThat(reason(svid(OTHER_DOMAIN, TRIAGE))).isEqualTo("signature_invalid");
        assertThat(identity(svid(OTHER_DOMAIN, "spiffe://neighbour.example/triage")))
                .isEqualTo("neighbour spiffe://neighbour.example/triage");
    }

    @Test
    void keyForCertificatesSignsNoSvid() {
        String token = TestIssuer.sign(DOMAIN.rsa(), JWSAlgorithm.RS256, JOSEObjectType.JWT, claims(TRIAGE));

        assertThat(reason(token)).isEqualTo("key_unknown");
    }

    @Test
    void bundleIsReadFromAFile(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("bundle.json");

        assertThat(new BundleFile("forgeries.example", file).fetch()).isInstanceOf(KeySource.Failed.class);
        assertThat(new BundleFile("forgeries.example", null).fetch()).isInstanceOf(KeySource.Failed.class);
        Files.writeString(file, "{\"keys\":");
        assertThat(new BundleFile("forgeries.example", file).fetch()).isInstanceOf(KeySource.Failed.class);
        Files.writeString(file, DOMAIN.bundle());
        assertThat(new BundleFile("forgeries.example", file).fetch())
                .isInstanceOfSatisfying(
                        KeySource.Fetched.class,
                        found -> assertThat(found.keys())
                                .extracting(VerificationKey::kid)
                                .containsExactly("ec-1"));
    }

    @Test
    void fileThatNobodyConfiguredIsNoBundle() {
        var domain = domain("unconfigured.example", DOMAIN);
        domain.put("jwks", Map.of("spiffe_bundle", "file"));
        Admins.register(port, "unconfigured", domain);

        assertThat(reason(svid(DOMAIN, "spiffe://unconfigured.example/triage"))).isEqualTo("keys_unavailable");
    }

    @Test
    void projectedTokenIsTheServiceAccountOfItsNamespace() {
        assertThat(identity(projected("ap", "invoice-triage")))
                .isEqualTo("cluster system:serviceaccount:ap:invoice-triage");
        assertThat(identity(projected("hr", "invoice-triage")))
                .isEqualTo("cluster system:serviceaccount:hr:invoice-triage");
        assertThat(identity(projected("a".repeat(63), "b".repeat(253)))).startsWith("cluster ");
    }

    private static String projected(String namespace, String name) {
        JWTClaimsSet claims = CLUSTER.claims(
                "system:serviceaccount:" + namespace + ":" + name,
                shape -> shape.audience(List.of("errand"))
                        .claim(
                                "kubernetes.io",
                                Map.of(
                                        "namespace",
                                        namespace,
                                        "node",
                                        Map.of("name", "node-1", "uid", "1"),
                                        "pod",
                                        Map.of("name", "pod-1", "uid", "2"),
                                        "serviceaccount",
                                        Map.of("name", name, "uid", "3"),
                                        "warnafter",
                                        Instant.now().plusSeconds(100).getEpochSecond())));
        return TestIssuer.sign(CLUSTER.rsa(), JWSAlgorithm.RS256, JOSEObjectType.JWT, claims);
    }

    private static Map<String, Object> domain(String trustDomain, TestIssuer keys) {
        return new TreeMap<>(Map.of(
                "kind",
                "Issuer",
                "trust_domain",
                trustDomain,
                "jwks",
                Map.of("spiffe_bundle", keys.url() + "/bundle"),
                "audiences",
                List.of("errand"),
                "max_token_age",
                Duration.ofHours(1).toString(),
                "purpose",
                "workload"));
    }

    private static String svid(TestIssuer signer, String id) {
        return svid(signer, id, claims -> {});
    }

    private static String svid(TestIssuer signer, String id, Consumer<JWTClaimsSet.Builder> shape) {
        JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder(claims(id));
        shape.accept(claims);
        return TestIssuer.sign(signer.ec(), JWSAlgorithm.ES256, JOSEObjectType.JWT, claims.build());
    }

    private static JWTClaimsSet claims(String id) {
        return DOMAIN.claims(id, claims -> claims.issuer(null).jwtID(null));
    }

    private String identity(String token) {
        return switch (verify(token)) {
            case Verified yes -> yes.identity().issuer() + " " + yes.identity().subject();
            case Rejected no -> no.toString();
        };
    }

    private String reason(String token) {
        return verify(token) instanceof Rejected no ? no.reason() : "verified";
    }

    private Verification verify(String token) {
        return tokens.verify(token, TokenType.JWT, Set.of(IssuerPurpose.WORKLOAD));
    }
}
