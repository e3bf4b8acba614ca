package io.errand.broker.identity.issuer;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.identity.Identity;
import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.Verification.Rejected;
import io.errand.broker.identity.Verification.Verified;
import io.errand.broker.identity.jwt.IdentityTokens;
import io.errand.broker.identity.jwt.KeySource;
import io.errand.broker.identity.spiffe.BundleFile;
import io.errand.testing.Admins;
import io.errand.testing.Authority;
import io.errand.testing.Authority.Content;
import io.errand.testing.BrokerTest;
import io.errand.testing.TestIssuer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Certificates that claim to be X.509-SVIDs of a registered trust domain (X509-SVID §2, §4, §5). */
@BrokerTest
class X509SvidsTest {

    private static final String ID = "spiffe://certified.example/triage";
    private static final Authority AUTHORITY = new Authority("authority");
    private static final Authority OTHER = new Authority("authority");
    private static final TestIssuer DOMAIN = new TestIssuer();
    private static final TestIssuer WITHOUT_AUTHORITY = new TestIssuer();

    @Autowired
    private IdentityTokens tokens;

    @LocalServerPort
    private int port;

    @BeforeAll
    static void published() {
        DOMAIN.addToBundle(AUTHORITY.bundleEntry());
    }

    @AfterAll
    static void close() {
        DOMAIN.close();
        WITHOUT_AUTHORITY.close();
    }

    @BeforeEach
    void trustDomainIsRegistered() {
        Admins.register(port, "certified", domain("certified.example", DOMAIN));
    }

    @Test
    void anSvidIsItsWorkloads() {
        X509Certificate svid = AUTHORITY.issue(Content.workload(ID)).certificate();

        assertThat(tokens.verifyCertificate(List.of(svid))).hasValueSatisfying(result -> {
            Identity identity = ((Verified) result).identity();
            assertThat(identity.issuer()).isEqualTo("certified");
            assertThat(identity.subject()).isEqualTo(ID);
            assertThat(identity.purpose()).isEqualTo(IssuerPurpose.WORKLOAD);
        });
    }

    @Test
    void anAuthorityMayHaveOthersVouchForIt() {
        Authority between = AUTHORITY.under("between");

        assertThat(tokens.verifyCertificate(chain(between.issue(Content.workload(ID)), between.own(), AUTHORITY.own())))
                .hasValueSatisfying(result -> assertThat(result).isInstanceOf(Verified.class));
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                Arguments.of("an authority of the same name", chain(OTHER.issue(Content.workload(ID)))),
                Arguments.of("over", chain(AUTHORITY.issue(Content.workload(ID).ended()))),
                Arguments.of(
                        "an authority's own",
                        chain(AUTHORITY.issue(Content.workload(ID).asAuthority()))),
                Arguments.of(
                        "two workloads at once",
                        chain(AUTHORITY.issue(Content.workload(ID, "spiffe://certified.example/other")))),
                Arguments.of(
                        "a workload and an address",
                        chain(AUTHORITY.issue(Content.workload(ID, "https://a.example/b")))),
                Arguments.of(
                        "signed by a workload",
                        chain(OTHER.issue(Content.workload(ID)), AUTHORITY.issue(Content.workload(ID)))),
                Arguments.of("a chain that is too long", long6()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrong")
    void whatIsNoSvidOfTheTrustDomainIsRejected(String name, List<X509Certificate> chain) {
        assertThat(tokens.verifyCertificate(chain)).hasValueSatisfying(result -> {
            assertThat(result).isInstanceOf(Rejected.class);
            assertThat(((Rejected) result).reason()).isEqualTo("certificate_invalid");
        });
    }

    @Test
    void whatClaimsNobodyRegisteredSaysNothing() {
        for (List<X509Certificate> chain : List.of(
                List.<X509Certificate>of(),
                chain(OTHER.issue(Content.workload())),
                chain(OTHER.issue(Content.workload("https://certified.example/triage"))),
                chain(OTHER.issue(Content.workload("spiffe://certified.example"))),
                chain(OTHER.issue(Content.workload("spiffe://certified.example/../triage"))),
                chain(OTHER.issue(Content.workload("spiffe://unknown.example/triage"))))) {
            assertThat(tokens.verifyCertificate(chain)).isEmpty();
        }
    }

    @Test
    void aTrustDomainWithoutAuthoritiesVouchesForNoCertificate() {
        Admins.register(port, "tokens-only", domain("tokens-only.example", WITHOUT_AUTHORITY));

        assertThat(tokens.verifyCertificate(
                        chain(OTHER.issue(Content.workload("spiffe://tokens-only.example/triage")))))
                .isEmpty();
    }

    @Test
    void whatAFileSaysIsReadLikewise(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(
                directory.resolve("bundle.json"),
                "{\"keys\":[" + AUTHORITY.bundleEntry()
                        + ",{\"use\":\"x509-svid\",\"x5c\":[\"AAAA\"]},{\"use\":\"x509-svid\"},1]}");

        assertThat(new BundleFile("certified.example", file).fetch())
                .isEqualTo(
                        new KeySource.Fetched(List.of(), List.of(AUTHORITY.own().certificate())));
    }

    private static List<X509Certificate> long6() {
        Authority at = AUTHORITY;
        List<X509Certificate> chain = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            at = at.under("level-" + i);
            chain.addFirst(at.own().certificate());
        }
        chain.addFirst(at.issue(Content.workload(ID)).certificate());
        return chain;
    }

    private static List<X509Certificate> chain(Authority.Certified... certified) {
        return Stream.of(certified).map(Authority.Certified::certificate).toList();
    }

    private static Map<String, Object> domain(String name, TestIssuer bundle) {
        return Map.of(
                "trust_domain",
                name,
                "jwks",
                Map.of("spiffe_bundle", bundle.url() + "/bundle"),
                "audiences",
                List.of("errand"),
                "purpose",
                "workload");
    }
}
