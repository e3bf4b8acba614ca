package io.errand.operations;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.testing.BrokerTest;
import io.errand.testing.OwnServer;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import tools.jackson.databind.JsonNode;

/** Readiness says which part is missing, in a sentence and at once; so does the doctor, and logs are JSON all the while. */
@Isolated("it says how soon a probe is answered")
class WhatIsMissingTest {

    private static final Duration SOON = Duration.ofSeconds(3);
    private static final Duration DOCTOR = Duration.ofSeconds(10);
    private static final String OTHER_KEY = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY=";

    private static OwnServer server;
    private static Map<String, String> settings;
    private static Path keyFile;
    private static StartedBroker broker;
    private static Scene scene;
    private static boolean hibernateWhenReady;

    @BeforeAll
    static void start() throws IOException {
        server = OwnServer.start(OwnServer.Version.POSTGRES_15);
        settings = new HashMap<>(Surroundings.settings(server.postgres(), "own"));
        settings.put("errand.issuer", BrokerTest.ISSUER);
        settings.put("errand.reconcile.enabled", "false");
        settings.put("logging.structured.format.console", "ecs");
        keyFile = Files.createTempFile("errand-key", "");
        Files.writeString(keyFile, String.valueOf(settings.remove("errand.key.encryption-key")));
        settings.put("errand.key.encryption-key-file", keyFile.toString());
        broker = StartedBroker.with(settings).awaitReadiness("UP");
        hibernateWhenReady = hasHibernate();
        scene = new Scene(broker.port());
        scene.jwtTool("reports", Map.of());
        scene.agent("worker", "reports", Map.of());
        scene.policy("all", "permit(principal, action, resource);");
        assertThat(scene.exchange(Scene.request("worker", "reports", "read")).status())
                .isEqualTo(200);
    }

    @AfterAll
    static void stop() {
        if (broker != null) {
            broker.close();
        }
        if (server != null) {
            server.close();
        }
    }

    private record Timed(Answer answer, Duration took) {

        static Timed of(Supplier<Answer> question) {
            long begun = System.nanoTime();
            return new Timed(question.get(), Duration.ofNanos(System.nanoTime() - begun));
        }
    }

    private static String missing(JsonNode readiness, String part) {
        return readiness
                .path("components")
                .path(part)
                .path("details")
                .path("missing")
                .asString("");
    }

    /** Only administrators need it. */
    @Test
    void hibernateStartsWithTheFirstQuestionAboutARegistry() {
        assertThat(hibernateWhenReady).isFalse();
        assertThat(hasHibernate()).isTrue();
    }

    private static boolean hasHibernate() {
        return broker.standardOutput().stream().anyMatch(line -> line.contains("Hibernate ORM core version"));
    }

    @Test
    void aDatabaseThatIsStoppedAndOneThatHangs() throws IOException {
        server.stop();
        Timed stopped = Timed.of(() -> broker.management().get("/actuator/health/readiness"));
        Timed doctor = Timed.of(() -> scene.as("errand.auditor").get("/admin/v1/doctor"));
        Timed scrape = Timed.of(() -> broker.management().get("/actuator/prometheus"));
        server.start();

        assertThat(stopped.answer().status()).isEqualTo(503);
        assertThat(stopped.took()).isLessThan(SOON);
        assertThat(stopped.answer().json().path("status").asString()).isEqualTo("DOWN");
        assertThat(missing(stopped.answer().json(), "database")).startsWith("The database ");
        assertThat(stopped.answer().text()).doesNotContain("password");
        assertThat(doctor.took()).isLessThan(DOCTOR);
        assertThat(doctor.answer().status()).isEqualTo(200);
        assertThat(doctor.answer().json().path("status").asString()).isEqualTo("error");
        assertThat(doctor.answer().text()).contains("\"area\":\"database\"").contains("could not be looked at");
        assertThat(scrape.answer().status()).isEqualTo(200);
        assertThat(scrape.took()).isLessThan(SOON);
        broker.awaitReadiness("UP");

        signal("STOP");
        try {
            Timed hung = Timed.of(() -> broker.management().get("/actuator/health/readiness"));
            Timed report = Timed.of(() -> scene.as("errand.auditor").get("/admin/v1/doctor"));
            assertThat(hung.took()).isLessThan(SOON.plusSeconds(1));
            assertThat(missing(hung.answer().json(), "database"))
                    .as(hung.toString())
                    .isEqualTo("The database gave no answer within a second.");
            assertThat(report.took()).isLessThan(DOCTOR);
            assertThat(report.answer().json().path("status").asString()).isEqualTo("error");
            assertThat(report.answer().text())
                    .containsAnyOf("gave no answer within 8 seconds", "could not be looked at");
        } finally {
            signal("CONT");
        }
        broker.awaitReadiness("UP");
        everyLineIsJson();
    }

    /** To the server and all of its processes. */
    private static void signal(String name) throws IOException {
        ProcessHandle postmaster = ProcessHandle.of(server.processId()).orElseThrow();
        signal(name, postmaster);
        // It starts no more of them now.
        for (ProcessHandle one : postmaster.descendants().toList()) {
            signal(name, one);
        }
    }

    private static void signal(String name, ProcessHandle to) throws IOException {
        new ProcessBuilder("kill", "-" + name, String.valueOf(to.pid()))
                .start()
                .onExit()
                .join();
    }

    private static void everyLineIsJson() {
        List<String> lines = broker.standardOutput();
        assertThat(lines).hasSizeGreaterThan(5).allSatisfy(line -> {
            JsonNode event = Json.mapper().readTree(line);
            assertThat(event.path("@timestamp").asString("")).isNotBlank();
            assertThat(event.path("service").path("name").asString("")).isEqualTo("errand");
        });
        assertThat(lines.stream().anyMatch(line -> line.contains("\"stack_trace\""))
                        || lines.stream().anyMatch(line -> line.contains("WARN")))
                .as("what went wrong is there too")
                .isTrue();
    }

    @Test
    void anotherKeyEncryptionKey() throws IOException {
        String right = Files.readString(keyFile);
        Files.writeString(keyFile, OTHER_KEY);
        try {
            broker.awaitReadiness("DOWN");
            assertThat(missing(broker.readiness(), "keys"))
                    .startsWith("The signing keys ")
                    .contains("do not open with errand.key.encryption-key");
            assertThat(broker.readiness()
                            .path("components")
                            .path("database")
                            .path("status")
                            .asString())
                    .isEqualTo("UP");
            assertThat(scene.as("errand.auditor").get("/admin/v1/doctor").text())
                    .contains("do not open with errand.key.encryption-key")
                    .contains("Set errand.key.encryption-key")
                    .doesNotContain(OTHER_KEY);
        } finally {
            Files.writeString(keyFile, right);
        }
        broker.awaitReadiness("UP");
    }

    @Test
    void aMigrationThatNobodyRan() {
        Map<String, String> apart = new HashMap<>(settings);
        apart.put("spring.flyway.enabled", "false");
        String last = "(SELECT max(installed_rank) FROM flyway_schema_history WHERE version IS NOT NULL)";
        server.postgres()
                .execute(
                        "own",
                        "CREATE TABLE kept AS SELECT * FROM flyway_schema_history WHERE installed_rank = " + last,
                        "DELETE FROM flyway_schema_history WHERE installed_rank = " + last);
        try (StartedBroker early = StartedBroker.with(apart).awaitReadiness("DOWN")) {
            assertThat(missing(early.readiness(), "migrations"))
                    .startsWith("1 migrations of this build are not applied, the first is ");
            assertThat(scene.through(early.port())
                            .as("errand.auditor")
                            .get("/admin/v1/doctor")
                            .text())
                    .contains("io.errand.migration.Migrate");
        } finally {
            server.postgres().execute("own", "INSERT INTO flyway_schema_history SELECT * FROM kept", "DROP TABLE kept");
        }
    }
}
