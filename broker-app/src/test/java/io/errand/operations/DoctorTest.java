package io.errand.operations;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.micrometer.tracing.Tracer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** {@code GET /admin/v1/doctor} says what is broken, and what to do about it. */
class DoctorTest extends Operated {

    DoctorTest(
            @LocalServerPort int port, @Value("${local.management.port}") int management, @Autowired JdbcClient jdbc) {
        super(port, management, jdbc);
    }

    @AfterEach
    void mend() {
        jdbc.sql("DELETE FROM deployment_doubt").update();
        jdbc.sql("DELETE FROM outbox").update();
        jdbc.sql("DELETE FROM unresolved_lease").update();
    }

    private JsonNode report() {
        var answer = scene.as("errand.auditor").get("/admin/v1/doctor");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private static JsonNode check(JsonNode report, String area, String subject) {
        return report.path("checks").values().stream()
                .filter(one -> one.path("area").asString().equals(area)
                        && one.path("subject").asString().equals(subject))
                .findFirst()
                .orElseThrow(() -> new AssertionError(area + " " + subject + " in " + report));
    }

    private static void says(JsonNode check, String status, String detail, String remedy) {
        assertThat(check.path("status").asString()).as(check.toString()).isEqualTo(status);
        assertThat(check.path("detail").asString()).contains(detail);
        assertThat(check.path("remedy").asString("")).contains(remedy);
    }

    @Test
    void everyPartIsLookedAtAndEveryProblemSaysWhatToDo() {
        String tool = Scene.name("seen");
        scene.jwtTool(tool, Map.of());
        scene.agent(tool, tool, Map.of());
        scene.permits();
        scene.exchange(Scene.request(tool, tool, "read"));

        JsonNode report = report();

        Set<String> areas = new TreeSet<>();
        for (JsonNode check : report.path("checks")) {
            areas.add(check.path("area").asString());
            if (!check.path("status").asString().equals("ok")) {
                assertThat(check.path("remedy").asString(""))
                        .as(check.toString())
                        .isNotBlank();
            }
        }
        assertThat(areas)
                .containsExactly(
                        "approvals",
                        "audit streams",
                        "clock",
                        "database",
                        "issuers",
                        "keys",
                        "leases",
                        "migrations",
                        "signals",
                        "targets",
                        "transmitters");
        says(check(report, "transmitters", "idp"), "warning", "idp.example", "errand.signal.transmitters.idp.jwks-uri");
        says(check(report, "database", "server"), "ok", "PostgreSQL", "");
        says(check(report, "database", "login"), "warning", "superuser", "docs/deploy.md");
        says(check(report, "migrations", "schema"), "ok", "as this build knows it", "");
        says(check(report, "clock", "database"), "ok", "PostgreSQL's", "");
        says(check(report, "issuers", "workloads"), "ok", "keys", "");
        says(check(report, "leases", "deployment"), "ok", "this database is the deployment", "");
        assertThat(report.path("checks").values().stream()
                        .filter(one -> one.path("area").asString().equals("keys"))
                        .map(one -> one.path("status").asString()))
                .containsOnly("ok");
        assertThat(report.path("status").asString()).isEqualTo("error");
        assertThat(report.toString())
                .doesNotContain(SECRET, WRONG_PASSWORD, Surroundings.BROKER_PASSWORD)
                .doesNotContain("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
    }

    @Test
    void aTargetThatDoesNotKnowTheBroker() {
        says(
                check(report(), "targets", LOCKED_OUT),
                "error",
                "cannot be looked at: FATAL",
                "errand targets check " + LOCKED_OUT);
    }

    @Test
    void issuersThatDoNotAnswer() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String name = Scene.name("silent");
            String iss = "http://127.0.0.1:" + silent.getLocalPort();
            scene.admin()
                    .put(
                            "/admin/v1/issuers/" + name,
                            Map.of(
                                    "issuer",
                                    iss,
                                    "jwks",
                                    Map.of("uri", iss + "/keys"),
                                    "audiences",
                                    List.of("errand"),
                                    "purpose",
                                    "workload"));
            says(
                    check(report(), "issuers", name),
                    "error",
                    "its tokens are refused: " + iss + "/keys did not answer in time",
                    "DNS, firewall");
            scene.admin().delete("/admin/v1/issuers/" + name);
        }
    }

    @Test
    void whatIsStuckOrDoubted() {
        jdbc.sql("INSERT INTO deployment_doubt (target, nonce) VALUES ('orders', gen_random_uuid())")
                .update();
        jdbc.sql("""
                        INSERT INTO outbox (id, receiver, type, payload, created_at, due_at, last_error)
                        VALUES (gen_random_uuid(), 'pager', 'lock.set', '{}', now() - interval '1 hour',
                                now() + interval '1 hour', 'status 500')
                        """).update();
        jdbc.sql("""
                        INSERT INTO unresolved_lease (lease_id, agent, backend, target, cause, remedy)
                        VALUES (gen_random_uuid(), 'a', 'postgres', 'orders', 'c', 'r')
                        """).update();

        jdbc.sql(
                        "UPDATE audit_checkpoint SET at = now() - interval '1 hour' WHERE size = (SELECT min(size) FROM audit_checkpoint)")
                .update();
        jdbc.sql("UPDATE audit_stream SET place = 0, last_error = 'it answers 500' WHERE name = 'siem'")
                .update();

        JsonNode report = report();

        says(
                check(report, "audit streams", "siem"),
                "warning",
                "entries wait, the first since 36",
                "errand.audit.streams.siem");
        says(
                check(report, "leases", "deployment"),
                "error",
                "this one is a copy or was restored",
                "errand deployment adopt");
        says(check(report, "leases", "disabled"), "warning", "1 revoked leases have left a login", "kind=disabled");
        says(check(report, "signals", "pager"), "warning", ": status 500", "errand.signal.receivers.pager.url");
        assertThat(report.path("checks").path(0).path("status").asString())
                .as("errors stand first")
                .isEqualTo("error");
    }

    @Test
    void aMigrationThatIsNotTheBuilds() {
        Map<String, Object> row = jdbc.sql("""
                        SELECT installed_rank, checksum FROM flyway_schema_history
                         WHERE version IS NOT NULL ORDER BY installed_rank DESC LIMIT 1
                        """).query().singleRow();
        String change = "UPDATE flyway_schema_history SET checksum = :checksum WHERE installed_rank = :rank";
        jdbc.sql(change)
                .param("checksum", 1)
                .param("rank", row.get("installed_rank"))
                .update();
        try {
            says(
                    check(report(), "migrations", "schema"),
                    "error",
                    "CHECKSUM_MISMATCH",
                    "run the build that belongs to this database");
        } finally {
            jdbc.sql(change)
                    .param("checksum", row.get("checksum"))
                    .param("rank", row.get("installed_rank"))
                    .update();
        }
    }

    @Test
    void onlyThoseWhoOperateAreTold() {
        for (String role : List.of("errand.admin", "errand.operator", "errand.auditor")) {
            assertThat(scene.as(role).get("/admin/v1/doctor").status()).as(role).isEqualTo(200);
        }
        for (String role : List.of("errand.approver", "errand.pep", "errand.introspect")) {
            assertThat(scene.as(role).get("/admin/v1/doctor").status()).as(role).isEqualTo(403);
        }
        assertThat(scene.anonymous().get("/admin/v1/doctor").status()).isEqualTo(401);
    }

    @Test
    void readinessNamesItsPartsAtTheManagementPort() {
        JsonNode readiness = management.get("/actuator/health/readiness").json();

        assertThat(readiness.path("status").asString()).isEqualTo("UP");
        assertThat(readiness.path("components").propertyNames())
                .containsExactlyInAnyOrder("readinessState", "database", "migrations", "keys");
        assertThat(scene.anonymous().get("/actuator/health/readiness").status())
                .as("not where agents are")
                .isEqualTo(404);
    }

    @Test
    void withoutAnEndpointThereIsNoTracer(@Autowired ApplicationContext context) {
        assertThat(context.getBeansOfType(Tracer.class)).isEmpty();
        assertThat(context.getBeanDefinitionNames())
                .noneMatch(name -> name.toLowerCase(Locale.ROOT).contains("otlp"));
    }
}
