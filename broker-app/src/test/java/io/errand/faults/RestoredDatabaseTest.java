package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.api.log.Checkpoint;
import io.errand.api.log.ExportVerifier;
import io.errand.api.log.Verification;
import io.errand.api.log.VerifierKey;
import io.errand.testing.BesideOthers;
import io.errand.testing.PageBlock;
import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The broker's database is lost and restored from a backup, as {@code docs/operations.md} says, command by command. */
@BesideOthers
class RestoredDatabaseTest {

    private static final Path TOOLS = Path.of("/usr/lib/postgresql/15/bin");

    @TempDir
    private Path folder;

    @Test
    void nothingIsDestroyedUntilAPersonSaysSoAndThenWhatNobodyKnowsIs() throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(TOOLS.resolve("pg_dump")) || "true".equals(System.getenv("ERRAND_REQUIRE_ALL")),
                "no pg_dump in " + TOOLS);
        Postgres server = Surroundings.another(Postgres.Version.OLDEST);
        Deployment deployment = Deployment.on(server)
                .with("errand.reconcile.enabled", "true")
                // A job that was under way when the backup was made is nobody's: others wait four heartbeats for its
                // end.
                .with("db-scheduler.heartbeat-interval", "1s")
                .with("errand.reconcile.interval", "PT1S")
                .with("errand.reconcile.targets-interval", "PT1S")
                .with(
                        "errand.audit.checkpoint-file",
                        folder.resolve("checkpoint").toString());
        Checkpoint last;
        JsonNode kept;
        JsonNode ended;
        JsonNode since;
        try (BrokerProcess broker = deployment.start()) {
            Scene scene = Deployment.furnishWithoutVault(broker);
            kept = Client.granted(scene, Deployment.POSTGRES_TOOL, "read");
            ended = Client.granted(scene, Deployment.POSTGRES_TOOL, "read");
            deployment.awaitCount("a mark at the target", "SELECT count(*) FROM deployment_nonce", 1);

            run("backup", server, deployment.database());

            since = Client.granted(scene, Deployment.POSTGRES_TOOL, "read");
            scene.complete(ended);
            deployment.awaitCount(
                    "another mark",
                    "SELECT count(*) FROM deployment_nonce",
                    deployment.count("SELECT count(*) FROM deployment_nonce") + 2);
            Deployment.await("a checkpoint with the end", () -> !isQueued(deployment));
            broker.kill();
            last = Checkpoint.parse(read(folder.resolve("checkpoint"))).orElseThrow();
        }

        run("restore", server, "errand_restored");
        deployment.with("spring.datasource.url", server.url("errand_restored"));
        try (BrokerProcess broker = deployment.start()) {
            Scene scene = new Scene(Wire.at(broker.port()), false);
            goesOnUnderAnotherName(scene, last);
            Deployment.await(
                    "a doubt",
                    () -> !scene.admin()
                            .get("/admin/v1/deployment")
                            .json()
                            .path("doubts")
                            .isEmpty());
            Client.turnedAway(scene.exchange(Scene.request(Deployment.AGENT, Deployment.POSTGRES_TOOL, "read")));
            assertThat(logsIn(server, kept)).isTrue();
            assertThat(logsIn(server, since)).as("made after the backup").isTrue();

            assertThat(scene.admin()
                            .post(
                                    "/admin/v1/deployment",
                                    Map.of("decision", "adopt", "reason", "restored from the backup"))
                            .status())
                    .isEqualTo(200);

            Deployment.await("the login that no row knows is gone", () -> !logsIn(server, since));
            Deployment.await(
                    "the one that had ended is closed",
                    () -> state(server, ended).equals("revoked"));
            assertThat(logsIn(server, kept)).isTrue();
            assertThat(scene.complete(kept).status()).isEqualTo(200);
            assertThat(logsIn(server, kept)).isFalse();
            Client.granted(scene, Deployment.POSTGRES_TOOL, "read");
        }
    }

    private static boolean isQueued(Deployment deployment) {
        return deployment.count("SELECT count(*) FROM audit_queue") > 0;
    }

    /** What was signed after the backup is not in the database: that is said, and the log does not pretend that it never was. */
    private void goesOnUnderAnotherName(Scene scene, Checkpoint last) throws IOException {
        Deployment.await(
                "a log", () -> scene.anonymous().get("/log/vkey").text().contains("/log/"));
        VerifierKey key =
                VerifierKey.parse(scene.anonymous().get("/log/vkey").text()).orElseThrow();
        assertThat(key.name()).startsWith(last.origin() + "/");
        Deployment.await(
                "its checkpoint", () -> scene.anonymous().get("/log/checkpoint").status() == 200);

        String export = scene.admin().get("/admin/v1/audit/export").text();

        assertThat(new ExportVerifier(key).verify(new ByteArrayInputStream(export.getBytes(StandardCharsets.UTF_8))))
                .isInstanceOf(Verification.Verified.class);
        JsonNode first =
                Json.mapper().readTree(export.lines().skip(2).findFirst().orElseThrow());
        assertThat(first.path("kind").asString()).isEqualTo("audit.log_continued");
        assertThat(first.path("details").path("checkpoint").asString()).isEqualTo(last.toString());
        String before = scene.admin()
                .get("/admin/v1/audit/export?origin=" + last.origin())
                .text();
        assertThat(before.lines().count()).isPositive();
    }

    private void run(String block, Postgres server, String database) throws IOException, InterruptedException {
        String typed = PageBlock.of("docs/operations.md", block)
                .with("db.example", server.host())
                .with("PGPORT=5432", "PGPORT=" + server.port())
                .with("PGUSER=postgres", "PGUSER=" + server.user())
                .text()
                .replaceFirst("PGDATABASE=\\w+", "PGDATABASE=" + database);
        ProcessBuilder commands = new ProcessBuilder("bash", "-euc", typed)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(block + ".out").toFile());
        commands.environment()
                .putAll(Map.of(
                        "PATH", TOOLS + File.pathSeparator + System.getenv("PATH"), "PGPASSWORD", server.password()));
        assertThat(commands.start().waitFor())
                .as(() -> read(folder.resolve(block + ".out")))
                .isZero();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static boolean logsIn(Postgres server, JsonNode grant) {
        JsonNode data = grant.path("credentials").path(0).path("data");
        Postgres login = new Postgres(
                server.host(),
                server.port(),
                data.path("username").asString(),
                data.path("password").asString());
        try {
            login.connect(Surroundings.TARGET_DATABASE).close();
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    private static String state(Postgres server, JsonNode grant) {
        try (var connection = server.connect("errand_restored");
                var statement = connection.prepareStatement("SELECT state FROM lease WHERE id = ?::uuid")) {
            statement.setString(
                    1, grant.path("credentials").path(0).path("lease_id").asString());
            try (var row = statement.executeQuery()) {
                return row.next() ? row.getString(1) : "unknown";
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
