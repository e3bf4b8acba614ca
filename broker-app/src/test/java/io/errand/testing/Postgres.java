package io.errand.testing;

import com.github.dockerjava.api.command.CreateContainerCmd;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Objects;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * One real server for all tests of a JVM, and others for those that run beside them: Testcontainers where an engine answers,
 * embedded binaries elsewhere.
 *
 * @param user its superuser
 */
public record Postgres(String host, int port, String user, String password) {

    /** {@code postgres:15} is what the oldest supported server is; the embedded one is the newest. */
    private static final String IMAGE = "postgres:15";

    /** Agents that resist prepare transactions. */
    static final String PREPARED = "100";

    /** As much as sixteen threads get. */
    private static final int SHARES = 16 * 1024;

    /** Started when it is first asked for: some tests have servers of their own alone. */
    private static final class Shared {
        private static final Postgres ONE = start();
    }

    public static Postgres shared() {
        return Shared.ONE;
    }

    public String url(String database) {
        return "jdbc:postgresql://" + host + ":" + port + "/" + database;
    }

    public Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(url(database), user, password);
    }

    /** Runs statements as superuser. */
    public void execute(String database, String... statements) {
        try (Connection connection = connect(database);
                var statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("On " + database + ": " + e.getMessage(), e);
        }
    }

    /** Nobody else's; it lives as long as the JVM. */
    static Postgres another() {
        return start();
    }

    /** What is promised of every server is tried at the oldest that is supported, and at the newest. */
    public enum Version {
        OLDEST,
        NEWEST;

        /** Nobody else's; a test that finds no server of that version is skipped. */
        Postgres start() {
            return switch (this) {
                case OLDEST -> engineAnswers() ? container() : debian();
                case NEWEST -> embedded();
            };
        }
    }

    private static Postgres start() {
        return engineAnswers() ? container() : embedded();
    }

    @SuppressWarnings("resource") // lives as long as the JVM
    private static Postgres debian() {
        return OwnServer.start(
                        OwnServer.Version.POSTGRES_15, "max_prepared_transactions=" + PREPARED, "max_connections=600")
                .postgres();
    }

    private static boolean engineAnswers() {
        return !"none".equals(System.getenv("ERRAND_TEST_ENGINE"))
                && DockerClientFactory.instance().isDockerAvailable();
    }

    @SuppressWarnings("resource") // lives as long as the JVM
    private static Postgres container() {
        PostgreSQLContainer container = new PostgreSQLContainer(IMAGE)
                .withCommand(
                        "postgres",
                        "-c",
                        "max_connections=600",
                        "-c",
                        "fsync=off",
                        "-c",
                        "max_prepared_transactions=" + PREPARED)
                .withCreateContainerCmdModifier(Postgres::giveItsShare);
        container.start();
        return new Postgres(
                container.getHost(),
                container.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT),
                container.getUsername(),
                container.getPassword());
    }

    /**
     * The engine's own group has the weight of one thread of the tests, whatever runs in it: a server of sixty sessions would be starved
     * by its clients, which in earnest are on other machines.
     */
    private static void giveItsShare(CreateContainerCmd command) {
        if ("cgroupfs".equals(DockerClientFactory.instance().getInfo().getCGroupDriver())) {
            Objects.requireNonNull(command.getHostConfig())
                    .withCgroupParent("/")
                    .withCpuShares(SHARES);
        }
    }

    @SuppressWarnings("resource") // lives as long as the JVM
    private static Postgres embedded() {
        try {
            EmbeddedPostgres server = EmbeddedPostgres.builder()
                    .setServerConfig("max_connections", "600")
                    .setServerConfig("fsync", "off")
                    .setServerConfig("max_prepared_transactions", PREPARED)
                    .start();
            return new Postgres("127.0.0.1", server.getPort(), "postgres", "postgres");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
