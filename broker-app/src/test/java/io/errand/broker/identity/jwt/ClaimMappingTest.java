package io.errand.broker.identity.jwt;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.JWTClaimsSet;
import io.errand.broker.identity.Identity;
import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.TokenType;
import io.errand.broker.identity.Verification;
import io.errand.broker.identity.Verification.Rejected;
import io.errand.broker.identity.Verification.Verified;
import io.errand.testing.Admins;
import io.errand.testing.BrokerTest;
import io.errand.testing.TestIssuer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Subjects and runtimes made of claims, as CI systems and clouds need them. */
@BrokerTest
class ClaimMappingTest {

    private static final TestIssuer CI = new TestIssuer();

    @Autowired
    private IdentityTokens tokens;

    @LocalServerPort
    private int port;

    @AfterAll
    static void close() {
        CI.close();
    }

    @Test
    void subjectAndRuntimeAreMadeOfClaims() {
        register(Map.of(
                "subject",
                "{repository}:{environment}",
                "runtime",
                Map.of(
                        "environment",
                        "environment",
                        "isolated",
                        Map.of("claim", "runner_environment", "values", List.of("github-hosted")))));

        assertThat(verify(claims -> {})).isInstanceOfSatisfying(Verified.class, yes -> {
            assertThat(yes.identity().subject()).isEqualTo("ap/triage:production");
            assertThat(yes.identity().runtime())
                    .isEqualTo(new Identity.WorkloadRuntime(Optional.of("production"), true));
        });
        assertThat(verify(claims -> claims.claim("runner_environment", "self-hosted")))
                .isInstanceOfSatisfying(
                        Verified.class,
                        yes -> assertThat(yes.identity().runtime().isolated()).isFalse());
    }

    @Test
    void whatIsNotSaidIsNotTrue() {
        register(Map.of("runtime", Map.of("environment", "where", "isolated", Map.of("claim", "alone"))));

        assertThat(runtime(claims -> {})).isEqualTo(Identity.WorkloadRuntime.UNKNOWN);
        assertThat(runtime(claims -> claims.claim("where", 1).claim("alone", "true")))
                .isEqualTo(Identity.WorkloadRuntime.UNKNOWN);
        assertThat(runtime(claims -> claims.claim("where", "prod").claim("alone", true)))
                .isEqualTo(new Identity.WorkloadRuntime(Optional.of("prod"), true));
    }

    /** Somebody who may name an environment must not become another repository by it. */
    @ParameterizedTest
    @ValueSource(strings = {"x:production", ":", "", " ", "a\u0007b"})
    void valueThatCouldBeTakenForSomethingElseIsRefused(String environment) {
        register(Map.of("subject", "{repository}:{environment}"));

        assertThat(reason(claims -> claims.claim("environment", environment))).isEqualTo("subject_invalid");
    }

    @Test
    void everyClaimOfTheTemplateIsText() {
        register(Map.of("subject", "{repository}:{environment}"));

        assertThat(reason(claims -> claims.claim("environment", null))).isEqualTo("subject_invalid");
        assertThat(reason(claims -> claims.claim("environment", 7))).isEqualTo("subject_invalid");
        assertThat(reason(claims -> claims.claim("environment", List.of("production"))))
                .isEqualTo("subject_invalid");
        assertThat(reason(claims -> claims.claim("environment", Map.of("name", "production"))))
                .isEqualTo("subject_invalid");
    }

    @ParameterizedTest
    @CsvSource({
        "{a}:{b},           x,   y,   x:y",
        "{a}-{b},           x-y, z,   ",
        "{a}-{b},           x,   y-z, ",
        "{a}-{b},           x:y, z,   x:y-z",
        "repo:{a}:env:{b},  x,   y,   repo:x:env:y",
        "repo:{a}:env:{b},  env, env, repo:env:env:env",
        "repo:{a}:env:{b},  x:env:y, z, ",
        "{a}:x,             y,   z,   y:x",
    })
    void noTwoSetsOfValuesMakeOneSubject(String template, String a, String b, String subject) {
        assertThat(SubjectTemplate.parse(template).orElseThrow().subject(Map.of("a", a, "b", b)))
                .isEqualTo(Optional.ofNullable(subject));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "constant", "{a}{b}", "{a}x{b}", "{a", "a}", "{}", "{a}: {b}", "{a b}", "{{a}}", "é{a}"})
    void whatLeavesItOpenIsNoTemplate(String template) {
        assertThat(SubjectTemplate.parse(template)).isEmpty();
        Map<String, Object> issuer = issuer(Map.of("subject", template));

        assertThat(Admins.at(port)
                        .put("/admin/v1/issuers/ci", issuer)
                        .json()
                        .path("member")
                        .asString())
                .isEqualTo("subject");
    }

    @Test
    void peopleAreTheirOwnSubjects() {
        Map<String, Object> issuer = issuer(Map.of("subject", "{email}", "purpose", "person"));

        assertThat(Admins.at(port).put("/admin/v1/issuers/ci", issuer).status()).isEqualTo(400);
    }

    private void register(Map<String, Object> members) {
        Admins.register(port, "ci", issuer(members));
    }

    private static Map<String, Object> issuer(Map<String, Object> members) {
        Map<String, Object> issuer = new HashMap<>(Admins.issuer(CI, "workload"));
        issuer.putAll(members);
        return issuer;
    }

    private Identity.WorkloadRuntime runtime(Consumer<JWTClaimsSet.Builder> shape) {
        return ((Verified) verify(shape)).identity().runtime();
    }

    private String reason(Consumer<JWTClaimsSet.Builder> shape) {
        return verify(shape) instanceof Rejected no ? no.reason() : "verified";
    }

    private Verification verify(Consumer<JWTClaimsSet.Builder> shape) {
        String token = CI.token(
                "repo:ap/triage:environment:production",
                ((Consumer<JWTClaimsSet.Builder>) claims -> claims.claim("repository", "ap/triage")
                                .claim("environment", "production")
                                .claim("runner_environment", "github-hosted"))
                        .andThen(shape));
        return tokens.verify(token, TokenType.JWT, Set.of(IssuerPurpose.WORKLOAD));
    }
}
