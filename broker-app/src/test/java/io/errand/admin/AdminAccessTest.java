package io.errand.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.JWTClaimsSet;
import io.errand.testing.Admins;
import io.errand.testing.BrokerTest;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Only people with a token of their own issuer, for the admin API, with a role, do anything there. */
@BrokerTest
class AdminAccessTest {

    private static final String ISSUERS = "/admin/v1/issuers";
    private static final String METADATA =
            "resource_metadata=\"" + BrokerTest.ISSUER + "/.well-known/oauth-protected-resource/admin/v1\"";

    @LocalServerPort
    private int port;

    @Autowired
    private JdbcClient jdbc;

    record Refused(String name, @Nullable String token) {

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Refused> strangers() {
        return List.of(
                new Refused("a word", "secret"),
                new Refused("a workload's token", Surroundings.WORKLOADS.token("pod")),
                new Refused("a person's token for something else", Surroundings.PEOPLE.token("root", roles())),
                new Refused(
                        "a workload that names the audience",
                        Surroundings.WORKLOADS.token("pod", roles().andThen(AdminAccessTest::adminAudience))),
                new Refused(
                        "an expired one",
                        Surroundings.PEOPLE.token(
                                "root",
                                roles().andThen(AdminAccessTest::adminAudience)
                                        .andThen(claims -> claims.expirationTime(
                                                Date.from(Instant.now().minusSeconds(90)))))),
                new Refused(
                        "one that ends before it begins",
                        Surroundings.PEOPLE.token(
                                "root",
                                roles().andThen(AdminAccessTest::adminAudience)
                                        .andThen(claims -> claims.expirationTime(
                                                        Date.from(Instant.now().plusSeconds(20)))
                                                .notBeforeTime(
                                                        Date.from(Instant.now().plusSeconds(40)))))),
                new Refused(
                        "one of two clients",
                        Surroundings.PEOPLE.token(
                                "root",
                                roles().andThen(AdminAccessTest::adminAudience)
                                        .andThen(claims ->
                                                claims.claim("azp", "console").claim("client_id", "other")))),
                new Refused(
                        "an id token",
                        Surroundings.PEOPLE.token(
                                "root",
                                roles().andThen(AdminAccessTest::adminAudience)
                                        .andThen(claims -> claims.claim("at_hash", "x")))));
    }

    @ParameterizedTest
    @MethodSource("strangers")
    void strangerIsToldToBringAToken(Refused stranger) {
        long before = refusals();

        Answer answer = Wire.at(port).as(stranger.token()).get(ISSUERS);

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer error=\"invalid_token\", " + METADATA);
        assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
        assertThat(answer.json().path("type").asString()).isEqualTo("urn:errand:problem:unauthorized");
        assertThat(answer.json().path("detail").asString()).contains("bearer token");
        assertThat(refusals()).isEqualTo(before + 1);
    }

    @Test
    void whoShowsNothingIsToldHowAndNothingIsWritten() {
        long before = refusals();

        Answer answer = Wire.at(port).get(ISSUERS);

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer " + METADATA);
        assertThat(refusals()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({
        // method, path,                 admin, operator, approver, auditor, pep
        "GET,     /admin/v1/issuers,       200, 200, 200, 200, 403",
        "PUT,     /admin/v1/issuers/roles, 400, 403, 403, 403, 403",
        "DELETE,  /admin/v1/issuers/roles, 404, 403, 403, 403, 403",
        "PUT,     /admin/v1/agents/_,      400, 403, 403, 403, 403",
        "PUT,     /admin/v1/tools/_,       400, 403, 403, 403, 403",
        "PUT,     /admin/v1/policies/_,    400, 403, 403, 403, 403",
        "PUT,     /admin/v1/locks/_,       400, 400, 403, 403, 403",
        "PUT,     /admin/v1/revocations/_, 400, 400, 403, 403, 403",
        "PUT,     /admin/v1/breakglass/_,  400, 400, 403, 403, 403",
        "PUT,     /admin/v1/approvals/_,   403, 403, 400, 403, 403",
        "PUT,     /admin/v1/leases/_,      403, 403, 403, 403, 403",
        "PUT,     /admin/v1/audit/_,       403, 403, 403, 403, 403",
        "GET,     /admin/v1/audit/_,       400, 403, 403, 400, 403",
        "GET,     /admin/v1/backends/_,    400, 400, 403, 400, 403",
        "PUT,     /admin/v1/backends/_,    403, 403, 403, 403, 403",
        "GET,     /admin/v1/other,         403, 403, 403, 403, 403",
        "GET,     /admin/,                 403, 403, 403, 403, 403",
    })
    void rolesAllow(String method, String path, int admin, int operator, int approver, int auditor, int pep) {
        assertAllowed(method, path, "errand.admin", admin);
        assertAllowed(method, path, "errand.operator", operator);
        assertAllowed(method, path, "errand.approver", approver);
        assertAllowed(method, path, "errand.auditor", auditor);
        assertAllowed(method, path, "errand.pep", pep);
        assertAllowed(method, path, "ADMIN", 403);
    }

    @Test
    void refusalSaysWhatIsMissingAndIsRecorded() {
        long before = refusals();

        Answer answer = Wire.at(port).as(Admins.token("errand.auditor")).delete(ISSUERS + "/any");

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer error=\"insufficient_scope\", " + METADATA);
        assertThat(answer.json().path("detail").asString()).contains("roles");
        assertThat(refusals()).isEqualTo(before + 1);
    }

    @Test
    void answersAreNeitherStoredNorFramed() {
        Answer answer = Admins.at(port).get(ISSUERS);

        assertThat(answer.header("Cache-Control")).contains("no-store");
        assertThat(answer.header("Content-Security-Policy")).contains("default-src 'none'");
        assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
    }

    @Test
    void rolesThatAreNoListGiveNoRole() {
        String token = Surroundings.PEOPLE.token("root", claims -> {
            adminAudience(claims);
            claims.claim("roles", "errand.admin");
        });

        assertThat(Wire.at(port).as(token).get(ISSUERS).status()).isEqualTo(403);
    }

    /** 4xx other than 401 and 403 stand for "let in": whether something is served there is another room's promise. */
    private void assertAllowed(String method, String path, String role, int status) {
        Wire wire = Wire.at(port).as(Admins.token(role));
        Answer answer = switch (method) {
            case "GET" -> wire.get(path);
            case "PUT" -> wire.put(path, Map.of("unknown", 1));
            default -> wire.delete(path);
        };

        if (status == 403) {
            assertThat(answer.status()).as(role).isEqualTo(403);
        } else {
            assertThat(answer.status()).as(role).isNotIn(401, 403).isLessThan(500);
        }
    }

    private long refusals() {
        return jdbc.sql("SELECT count(*) FROM audit_event WHERE kind = 'admin.refused'")
                .query(Long.class)
                .single();
    }

    private static Consumer<JWTClaimsSet.Builder> roles() {
        return claims -> claims.claim("roles", List.of("errand.admin"));
    }

    private static void adminAudience(JWTClaimsSet.Builder claims) {
        claims.audience(BrokerTest.ISSUER + "/admin");
    }
}
