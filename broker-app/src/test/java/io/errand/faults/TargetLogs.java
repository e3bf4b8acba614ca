package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.OwnServer;
import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Vaults;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/** A PostgreSQL and a Vault that nobody else has, which log what is done; brokers read their logs. */
final class TargetLogs implements AutoCloseable {

    private static final String LATEST = "'observation.unleased' AND details ->> 'login' = ";

    private final Path folder;
    private final OwnServer server;
    private final Deployment deployment;

    TargetLogs() {
        Vaults vault = Vaults.another();
        try {
            folder = Files.createTempDirectory("errand-target-logs");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server = OwnServer.start(
                OwnServer.Version.POSTGRES_18,
                "autovacuum=on",
                "max_connections=300",
                "max_prepared_transactions=100",
                "logging_collector=on",
                "log_destination=jsonlog",
                "log_directory=" + folder,
                "log_filename=postgresql-%H%M.log",
                "log_rotation_age=1",
                "log_timezone=UTC",
                "log_connections=on");
        vault.root(
                "PUT",
                "sys/audit/storm",
                Map.of(
                        "type",
                        "file",
                        "options",
                        Map.of("file_path", folder.resolve("vault.log").toString())));
        deployment = new Deployment(Surroundings.on(server.postgres()), vault);
        source(
                "postgres",
                Map.of(
                        "kind",
                        "postgres-json",
                        "files",
                        folder.resolve("*.json").toString(),
                        "target",
                        Surroundings.TARGET_DATABASE,
                        "known-logins",
                        "postgres,errand_broker," + deployment.engine().login(),
                        "from",
                        "beginning"));
        source(
                "vault",
                Map.of(
                        "kind", "vault-audit",
                        "files", folder.resolve("vault.log").toString(),
                        "target", "vault",
                        "audit-device", "storm",
                        "known-logins", "token", // as a development server calls its first
                        "from", "beginning"));
    }

    private void source(String name, Map<String, String> settings) {
        settings.forEach((key, value) -> deployment.with("errand.observation.sources." + name + "." + key, value));
    }

    Deployment deployment() {
        return deployment;
    }

    /**
     * Everything that was logged was done by a lease while it was one, except for what is made by hand now, which is told within ten
     * seconds.
     *
     * @return how many sessions of logins and tokens of leases there were
     */
    long onlyWhatIsMadeByHandIsWithoutALease(Scene scene) {
        awaitRead();
        assertThat(deployment.rows("SELECT o.login, o.session, o.what, o.cause, o.last_at::text, l.revoked_at::text"
                        + " FROM observation o LEFT JOIN lease l ON l.id = o.lease_id WHERE o.cause IS NOT NULL"))
                .as("without a lease, and nothing was made by hand")
                .isEmpty();
        byHand();
        for (String login : List.of("by_hand", "token-by-hand")) {
            Awaitility.await("the event of " + login)
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> deployment.count(
                                    "SELECT count(*) FROM audit_event WHERE kind = " + LATEST + "'" + login + "'")
                            > 0);
        }
        assertThat(scene.events("kind=observation.unleased"))
                .extracting(event -> event.path("details").path("login").asString())
                .containsExactlyInAnyOrder("by_hand", "token-by-hand");
        assertThat(deployment.rows(
                        "SELECT login, session, times FROM observation WHERE source = 'vault' AND what = 'request'"
                                + " AND cause IS NULL AND times <> 1"))
                .as("a credential is read with its token once, and counted once")
                .isEmpty();
        assertThat(deployment.rows("SELECT login FROM observation WHERE (lease_id IS NULL) <> (cause IS NOT NULL)"))
                .isEmpty();
        long vault =
                deployment.count("SELECT count(*) FROM observation WHERE source = 'vault' AND lease_id IS NOT NULL");
        long postgres =
                deployment.count("SELECT count(*) FROM observation WHERE source = 'postgres' AND lease_id IS NOT NULL");
        assertThat(vault).as("tokens of leases").isPositive();
        assertThat(postgres).as("sessions of leases").isPositive();
        return vault + postgres;
    }

    /** A login at PostgreSQL, and a credential from Vault with a token that somebody made. */
    private void byHand() {
        Postgres postgres = server.postgres();
        postgres.execute("postgres", "CREATE ROLE by_hand LOGIN PASSWORD 'by-hand'");
        try (Connection session =
                DriverManager.getConnection(postgres.url(Surroundings.TARGET_DATABASE), "by_hand", "by-hand")) {
            assertThat(session.isValid(1)).isTrue();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        Vaults root = deployment.engine().vault();
        String token = root.root("POST", "auth/token/create/" + LeasedEngine.MOUNT, Map.of("display_name", "by-hand"))
                .path("auth")
                .path("client_token")
                .asString();
        root.as(token).root("GET", LeasedEngine.PATH, null);
        root.root("PUT", "sys/leases/revoke-prefix/" + LeasedEngine.PATH, Map.of());
    }

    private void awaitRead() {
        Awaitility.await("the logs read to their ends")
                .atMost(Duration.ofMinutes(5))
                .pollInterval(Duration.ofMillis(500))
                .until(() -> {
                    Map<String, Long> sizes = sizes();
                    return deployment.rows("SELECT path, place FROM observation_file WHERE path <> ''").stream()
                                    .filter(row ->
                                            Long.parseLong(row.get(1)) == sizes.getOrDefault(row.getFirst(), -1L))
                                    .count()
                            == sizes.size();
                });
    }

    private Map<String, Long> sizes() {
        try (var files = Files.list(folder)) {
            Map<String, Long> sizes = new HashMap<>();
            for (Path file : files.filter(file -> !file.toString().startsWith(folder + "/postgresql")
                            || file.toString().endsWith(".json"))
                    .toList()) {
                sizes.put(file.toString(), Files.size(file));
            }
            return sizes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        server.stop();
    }
}
