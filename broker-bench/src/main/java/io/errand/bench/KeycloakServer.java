package io.errand.bench;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Keycloak from its Maven artifact, in production mode, on a PostgreSQL of its own that writes to disk as Errand's does. */
final class KeycloakServer implements AutoCloseable {

    static final String ADMIN = "bench-admin";

    private final EmbeddedPostgres database;
    private final ServerProcess process;
    private final URI base;
    private final String password;

    private KeycloakServer(EmbeddedPostgres database, ServerProcess process, URI base, String password) {
        this.database = database;
        this.process = process;
        this.base = base;
        this.password = password;
    }

    URI base() {
        return base;
    }

    String password() {
        return password;
    }

    static KeycloakServer start(Path home, Path folder, int port, Servers settings, String password)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path log = folder.resolve("keycloak.log");
        EmbeddedPostgres database = database(folder);
        try {
            Map<String, String> environment = Map.of(
                    "JAVA_HOME",
                    System.getProperty("java.home"),
                    "JAVA_OPTS_KC_HEAP",
                    "-Xmx" + settings.heap(),
                    "KC_BOOTSTRAP_ADMIN_USERNAME",
                    ADMIN,
                    "KC_BOOTSTRAP_ADMIN_PASSWORD",
                    password);
            ServerProcess.start(kc(home, "build", "--db=postgres"), environment, log)
                    .awaitEnd();
            ServerProcess process = ServerProcess.start(
                    kc(
                            home,
                            "start",
                            "--optimized",
                            "--http-enabled=true",
                            "--http-host=127.0.0.1",
                            "--http-port=" + port,
                            "--hostname-strict=false",
                            "--cache=local",
                            "--log-level=warn",
                            "--db-url=" + database.getJdbcUrl("postgres", "postgres"),
                            "--db-username=postgres",
                            "--db-password=postgres",
                            "--db-pool-initial-size=" + settings.pool(),
                            "--db-pool-min-size=" + settings.pool(),
                            "--db-pool-max-size=" + settings.pool()),
                    environment,
                    log);
            URI base = URI.create("http://127.0.0.1:" + port);
            process.awaitReady(base.resolve("/realms/master/.well-known/openid-configuration"));
            return new KeycloakServer(database, process, base, password);
        } catch (RuntimeException | InterruptedException e) {
            database.close();
            throw e;
        }
    }

    private static List<String> kc(Path home, String... arguments) {
        List<String> command =
                new ArrayList<>(List.of("bash", home.resolve("bin/kc.sh").toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    private static EmbeddedPostgres database(Path folder) throws IOException {
        return EmbeddedPostgres.builder()
                .setDataDirectory(folder.resolve("postgres"))
                // The builder starts servers for tests, without durability; what comes later counts.
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setErrorRedirector(ProcessBuilder.Redirect.DISCARD)
                .setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Unpacks the distribution, by Maven, unless it is there. */
    static Path distribution(Path root) throws IOException, InterruptedException {
        Path target = root.resolve("broker-bench/target/keycloak");
        if (!Files.isDirectory(target)) {
            Path log = Files.createDirectories(root.resolve("target")).resolve("keycloak.log");
            Files.deleteIfExists(log);
            ServerProcess.start(
                            List.of(
                                    "mvn",
                                    "-B",
                                    "-f",
                                    root.resolve("pom.xml").toString(),
                                    "-pl",
                                    "broker-bench",
                                    "dependency:unpack@keycloak"),
                            Map.of(),
                            log)
                    .awaitEnd();
        }
        try (Stream<Path> unpacked = Files.list(target)) {
            return unpacked.filter(Files::isDirectory)
                    .findFirst()
                    .orElseThrow(() -> new BenchFailed("There is no Keycloak in " + target));
        }
    }

    @Override
    public void close() {
        process.close();
        try {
            database.close();
        } catch (IOException e) {
            throw new BenchFailed("Keycloak's database does not stop", e);
        }
    }
}
