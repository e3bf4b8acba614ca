package io.errand.quickstart;

import io.errand.api.Json;
import io.errand.cli.PrivateFile;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.IntUnaryOperator;

/**
 * PostgreSQL 18 from its Maven artifact, in the data directory. It holds the broker's own database and the target database of the
 * examples; passwords are random, connections come over loopback only and log in by SCRAM.
 */
public final class EmbeddedDatabase implements AutoCloseable {

    /** The broker's own database. */
    public static final String STORE = "errand";

    /** The target database of the examples. */
    public static final String TARGET = "orders";

    /** The broker's own login at the target. */
    public static final String TARGET_BROKER = "orders_broker";

    private static final String SUPERUSER = "postgres";
    private static final Duration STARTUP = Duration.ofSeconds(60);

    /**
     * What a restart must find again, the port too: credentials that agents hold name it.
     *
     * @param store the password of the login {@code broker}, who owns the broker's database
     * @param target the password of the login {@code orders_broker}, who makes logins at the target
     */
    private record Kept(String superuser, String store, String target, int port) {

        Kept at(IntUnaryOperator choice) {
            return new Kept(superuser, store, target, choice.applyAsInt(port));
        }

        @Override
        public String toString() {
            return "Kept[port=" + port + "]";
        }
    }

    /** A role that may log in. */
    record Login(String username, String password) {

        @Override
        public String toString() {
            return username;
        }
    }

    private final EmbeddedPostgres server;
    private final Kept kept;

    private EmbeddedDatabase(EmbeddedPostgres server, Kept kept) {
        this.server = server;
        this.kept = kept;
    }

    static EmbeddedDatabase start(DataDirectory data) throws IOException {
        Path cluster = data.file("postgres");
        Path made = data.file("postgres.json");
        boolean isNew = !Files.exists(made);
        if (isNew && wasCutOff(data)) {
            Trees.delete(cluster);
        } else {
            Orphan.stop(cluster);
        }
        Kept kept = isNew
                ? new Kept(Passwords.next(), Passwords.next(), Passwords.next(), Ports.any())
                : Json.mapper().readValue(Files.readAllBytes(made), Kept.class).at(Ports::preferably);

        Path password = firstPassword(data);
        if (isNew) {
            PrivateFile.write(password, kept.superuser); // for initdb, and until all is made a sign that it is not
        }
        EmbeddedDatabase database = new EmbeddedDatabase(launch(data, cluster, password, kept), kept);
        try {
            new Databases(database).prepare();
            PrivateFile.write(made, Json.mapper().writeValueAsString(kept));
            Files.deleteIfExists(password);
            return database;
        } catch (SQLException | IOException e) {
            database.close();
            throw new IOException("The databases could not be prepared: " + e.getMessage(), e);
        }
    }

    private static Path firstPassword(DataDirectory data) {
        return data.file("postgres.first-password");
    }

    /** Whether the first start of all did not come to its end; nothing has been kept in that database yet. */
    static boolean wasCutOff(DataDirectory data) {
        return Files.exists(firstPassword(data)) && !Files.exists(data.file("postgres.json"));
    }

    private static EmbeddedPostgres launch(DataDirectory data, Path cluster, Path password, Kept kept)
            throws IOException {
        Redirect log = Redirect.appendTo(data.file("postgres.log").toFile());
        return EmbeddedPostgres.builder()
                .setOverrideWorkingDirectory(binaries())
                .setDataDirectory(cluster)
                .setCleanDataDirectory(false)
                .setRegisterShutdownHook(false)
                .setPGStartupWait(STARTUP)
                .setPort(kept.port)
                .setErrorRedirector(log)
                .setOutputRedirector(log)
                // These become options of initdb, after its own `-A trust`, and so replace it.
                .setLocaleConfig("locale", "C")
                .setLocaleConfig("auth-local", "scram-sha-256")
                .setLocaleConfig("auth-host", "scram-sha-256")
                .setLocaleConfig("pwfile", password.toString())
                .setConnectConfig("password", kept.superuser)
                // It starts the server for tests, without durability; what comes later counts, and a lease must be on
                // disk
                // before anything is made for it (P1).
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("listen_addresses", "127.0.0.1")
                .setServerConfig("unix_socket_directories", "")
                .start();
    }

    /** Unpacked once for each user, not where others could put theirs. */
    private static File binaries() {
        String cache = System.getenv("XDG_CACHE_HOME");
        Path base =
                cache == null || cache.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache);
        return base.resolve("errand").resolve("postgres").toFile();
    }

    public String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/" + database;
    }

    public int port() {
        return server.getPort();
    }

    Login store() {
        return new Login("broker", kept.store);
    }

    Login target() {
        return new Login(TARGET_BROKER, kept.target);
    }

    /** As superuser: what the demo looks with from outside. */
    public Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(url(database), SUPERUSER, kept.superuser);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
