package io.errand.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.Admins;
import io.errand.testing.BrokerTest;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Issuers are registered, replaced and deleted over HTTP, one version and one audit event at a time. */
@BrokerTest
class IssuerRegistryTest {

    private static final String ISSUERS = "/admin/v1/issuers/";

    @LocalServerPort
    private int port;

    @Autowired
    private JdbcClient jdbc;

    @Test
    void issuerIsCreatedReadReplacedAndDeleted() {
        Wire admin = Admins.at(port);
        String name = name();
        Map<String, Object> issuer = issuer();

        Answer created = admin.put(ISSUERS + name, issuer);
        issuer.put("single_use", true);
        Answer replaced = admin.with("If-Match", created.header("ETag")).put(ISSUERS + name, issuer);
        Answer read = admin.get(ISSUERS + name);
        Answer deleted = admin.delete(ISSUERS + name);

        assertThat(created.status()).isEqualTo(201);
        assertThat(created.header("ETag")).isEqualTo("\"1\"");
        assertThat(created.json().path("name").asString()).isEqualTo(name);
        assertThat(replaced.status()).isEqualTo(200);
        assertThat(replaced.header("ETag")).isEqualTo("\"2\"");
        assertThat(read.json().path("single_use").asBoolean()).isTrue();
        assertThat(read.json().path("max_token_age").asString()).isEqualTo("PT1H");
        assertThat(deleted.status()).isEqualTo(204);
        assertThat(admin.get(ISSUERS + name).status()).isEqualTo(404);
        assertThat(jdbc.sql("""
                        SELECT kind || ' ' || who FROM audit_event WHERE details->>'name' = :name ORDER BY id
                        """).param("name", name).query(String.class).list())
                .containsExactly(
                        "issuer.created person:people:root",
                        "issuer.replaced person:people:root",
                        "issuer.deleted person:people:root");
    }

    @Test
    void staleVersionChangesNothing() {
        Wire admin = Admins.at(port);
        String name = name();
        Map<String, Object> issuer = issuer();
        admin.put(ISSUERS + name, issuer);
        admin.put(ISSUERS + name, issuer);

        assertThat(admin.with("If-Match", "\"1\"").put(ISSUERS + name, issuer).status())
                .isEqualTo(412);
        assertThat(admin.with("If-Match", "\"1\"").delete(ISSUERS + name).status())
                .isEqualTo(412);
        assertThat(admin.with("If-Match", "\"1\"")
                        .put(ISSUERS + name(), issuer())
                        .status())
                .isEqualTo(412);
        assertThat(admin.get(ISSUERS + name).header("ETag")).isEqualTo("\"2\"");
    }

    @Test
    void twoIssuersNeverHaveTheSameIss() {
        Wire admin = Admins.at(port);
        Map<String, Object> issuer = issuer();
        admin.put(ISSUERS + name(), issuer);

        assertThat(admin.put(ISSUERS + name(), issuer).status()).isEqualTo(409);
    }

    static Stream<Arguments> wrongMembers() {
        Map<String, Object> key = Surroundings.WORKLOADS.ec().toPublicJWK().toJSONObject();
        return Stream.of(
                wrong("kind", "Agent", "kind"),
                wrong("name", "another", "name"),
                wrong("issuer", "", "issuer"),
                wrong("issuer", BrokerTest.ISSUER, "issuer"),
                wrong("issuer", BrokerTest.ISSUER + "/", "issuer"),
                wrong("issuer", "http://issuer.example", "issuer"),
                wrong("issuer", "https://issuer.example?tenant=1", "issuer"),
                wrong("issuer", "spiffe://example.org", "issuer"),
                wrong("issuer", "SPIFFE://example.org", "issuer"),
                wrong("jwks", Map.of(), "jwks"),
                wrong("jwks", Map.of("spiffe_bundle", "https://bundle.example"), "jwks"),
                wrong("jwks", Map.of("discovery", true, "uri", "https://issuer.example/jwks"), "jwks"),
                wrong("jwks", Map.of("discovery", false), "jwks.discovery"),
                wrong("jwks", Map.of("uri", "http://issuer.example/jwks"), "jwks.uri"),
                wrong("jwks", Map.of("keys", List.of()), "jwks.keys"),
                wrong("jwks", Map.of("keys", List.of(key, Map.of("kty", "oct", "k", "AAAA"))), "jwks.keys[1]"),
                wrong("jwks", Map.of("keys", List.of(Surroundings.WORKLOADS.ec().toJSONObject())), "jwks.keys[0]"),
                wrong("audiences", List.of(), "audiences"),
                wrong("audiences", List.of("errand", ""), "audiences[1]"),
                wrong("audiences", List.of(BrokerTest.ISSUER + "/admin"), "audiences[0]"),
                wrong("algorithms", List.of("ES256", "HS256"), "algorithms[1]"),
                wrong("algorithms", List.of("none"), "algorithms[0]"),
                wrong("max_token_age", "PT0S", "max_token_age"),
                wrong("max_token_age", "-PT1H", "max_token_age"),
                wrong("max_token_age", "P400D", "max_token_age"),
                wrong("purpose", "robot", "purpose"));
    }

    @ParameterizedTest
    @MethodSource("wrongMembers")
    void wrongMemberIsNamed(String member, Object value, String path) {
        Map<String, Object> issuer = issuer();
        issuer.put(member, value);

        Answer answer = Admins.at(port).put(ISSUERS + name(), issuer);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().path("type").asString()).isEqualTo("urn:errand:problem:invalid-member");
        assertThat(answer.json().path("member").asString()).isEqualTo(path);
        assertThat(answer.json().path("detail").asString()).isNotEmpty();
    }

    static Stream<Arguments> wrongTrustDomains() {
        Map<String, Object> bundle = Map.of("spiffe_bundle", "https://bundle.example");
        return Stream.of(
                        wrong("trust_domain", "Example.org", "trust_domain"),
                        wrong("trust_domain", "example.org:443", "trust_domain"),
                        wrong("trust_domain", "spiffe://example.org", "trust_domain"),
                        wrong("trust_domain", "", "trust_domain"),
                        wrong("issuer", "https://issuer.example", "issuer"),
                        wrong("jwks", Map.of("discovery", true), "jwks"),
                        wrong("jwks", Map.of("spiffe_bundle", "file", "discovery", true), "jwks"),
                        wrong("jwks", Map.of("spiffe_bundle", "http://bundle.example"), "jwks.spiffe_bundle"),
                        wrong("jwks", Map.of("spiffe_bundle", "unix:///run/spire/agent.sock"), "jwks.spiffe_bundle"),
                        wrong("jwks", Map.of("spiffe_bundle", "/etc/passwd"), "jwks.spiffe_bundle"),
                        wrong("purpose", "person", "purpose"))
                .map(wrong -> {
                    Map<String, Object> domain = issuer();
                    domain.remove("issuer");
                    domain.put("trust_domain", "example.org");
                    domain.put("jwks", bundle);
                    domain.put((String) wrong.get()[0], wrong.get()[1]);
                    return Arguments.of(domain, wrong.get()[2]);
                });
    }

    @ParameterizedTest
    @MethodSource("wrongTrustDomains")
    void wrongTrustDomainIsNamed(Map<String, Object> domain, String member) {
        Answer answer = Admins.at(port).put(ISSUERS + name(), domain);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().path("member").asString()).isEqualTo(member);
    }

    @ParameterizedTest
    @ValueSource(strings = {"issuer", "jwks", "audiences", "purpose"})
    void missingMemberIsNamed(String member) {
        Map<String, Object> issuer = issuer();
        issuer.remove(member);

        assertThat(Admins.at(port)
                        .put(ISSUERS + name(), issuer)
                        .json()
                        .path("member")
                        .asString())
                .isEqualTo(member);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{\"unknown\":1}",
                "{\"purpose\":\"person\",\"purpose\":\"workload\"}",
                "{\"single_use\":\"yes\"}",
                "{\"max_token_age\":\"P1M\"}",
                "{\"issuer\":\"a\\u0000b\"}"
            })
    void whatIsNoIssuerIsABadRequest(String body) {
        assertThat(Admins.at(port).put(ISSUERS + name(), body).status()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Upper", "a..b", "-a", "a%2Fb", "%2e%2e", "a%00b"})
    void wrongNameIsABadRequest(String name) {
        assertThat(Admins.at(port).put(ISSUERS + name, issuer()).status()).isEqualTo(400);
    }

    @Test
    void nameOfAThousandCharactersIsABadRequest() {
        assertThat(Admins.at(port).put(ISSUERS + "a".repeat(1000), issuer()).status())
                .isEqualTo(400);
    }

    @Test
    void listIsPagedByACursorThatCannotBeForged() {
        Wire admin = Admins.at(port);
        admin.put(ISSUERS + name(), issuer());
        admin.put(ISSUERS + name(), issuer());

        Answer first = admin.get("/admin/v1/issuers?limit=1");
        Answer second = admin.get(
                "/admin/v1/issuers?limit=1&cursor=" + first.json().path("next").asString());

        assertThat(first.json().path("items")).hasSize(1);
        assertThat(second.json().at("/items/0/name").asString())
                .isGreaterThan(first.json().at("/items/0/name").asString());
        assertThat(admin.get("/admin/v1/issuers?cursor=JyBPUiAx").status()).isEqualTo(400);
        assertThat(admin.get("/admin/v1/issuers?limit=0").status()).isEqualTo(400);
    }

    private static Arguments wrong(String member, Object value, String path) {
        return Arguments.of(member, value, path);
    }

    private static String name() {
        return "registry-" + UUID.randomUUID();
    }

    private static Map<String, Object> issuer() {
        Map<String, Object> issuer = new TreeMap<>(Admins.issuer(Surroundings.WORKLOADS, "workload"));
        issuer.put("issuer", "https://" + UUID.randomUUID() + ".example");
        return issuer;
    }
}
