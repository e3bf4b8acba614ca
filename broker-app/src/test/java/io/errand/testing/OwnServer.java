package io.errand.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/**
 * A PostgreSQL server that a test has to itself, on loopback, from binaries on this machine: it can be stopped, copied to a hot
 * standby and promoted.
 */
public final class OwnServer implements AutoCloseable {

    /** Which server; 15 is Debian's ({@code ERRAND_POSTGRES_15_BIN} names another folder of binaries), 18 its Maven artifact. */
    public enum Version {
        POSTGRES_15,
        POSTGRES_18;

        private Path binaries() {
            Path folder = this == POSTGRES_18 ? Embedded.BINARIES : debian();
            if (!Files.isExecutable(folder.resolve("initdb"))) {
                if ("true".equals(System.getenv("ERRAND_REQUIRE_ALL"))) {
                    throw new AssertionError("No PostgreSQL 15 in " + folder);
                }
                Assumptions.abort("no PostgreSQL 15 in " + folder + " (ERRAND_POSTGRES_15_BIN)");
            }
            return folder;
        }

        private static Path debian() {
            return Path.of(
                    Optional.ofNullable(System.getenv("ERRAND_POSTGRES_15_BIN")).orElse("/usr/lib/postgresql/15/bin"));
        }
    }

    private static final class Embedded {
        private static final Path BINARIES = unpack();

        /** By starting one: it unpacks its binaries once a user, into a folder that it names after their digest. */
        private static Path unpack() {
            try {
                EmbeddedPostgres.builder().start().close();
                Path unpacked = Path.of(System.getProperty("java.io.tmpdir"), "embedded-pg");
                try (Stream<Path> files = Files.walk(unpacked, 3)) {
                    return Objects.requireNonNull(files.filter(file -> file.endsWith("bin/initdb"))
                            .findFirst()
                            .orElseThrow()
                            .getParent());
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private final Version version;
    private final Path folder;
    private final Path data;
    private final int port = FreePorts.next();
    private final List<String> settings = new ArrayList<>(List.of(
            "-c listen_addresses=127.0.0.1",
            "-c unix_socket_directories=",
            "-c fsync=off",
            "-c autovacuum=off",
            "-c wal_level=replica"));

    private OwnServer(Version version, List<String> settings) {
        this.version = version;
        this.settings.addAll(settings.stream().map(setting -> "-c " + setting).toList());
        try {
            folder = Files.createTempDirectory("errand-postgres");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        data = folder.resolve("data");
    }

    /** @param settings {@code name=value}, without spaces */
    public static OwnServer start(Version version, String... settings) {
        OwnServer server = new OwnServer(version, List.of(settings));
        server.run("initdb", "-D", server.data.toString(), "-A", "trust", "-U", "postgres", "--no-sync");
        server.start();
        return server;
    }

    public int port() {
        return port;
    }

    /** Of the process whose children serve. */
    public long processId() {
        try {
            return Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid"))
                    .getFirst()
                    .strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Postgres postgres() {
        return new Postgres("127.0.0.1", port, "postgres", "unused");
    }

    public String url(String database) {
        return postgres().url(database);
    }

    public Connection connect(String database) throws SQLException {
        return postgres().connect(database);
    }

    /** A hot standby that streams from this server, begun from a base backup. */
    public OwnServer standby(String... more) {
        OwnServer standby = new OwnServer(version, List.of(more));
        try (Connection connection = connect("postgres");
                var statement = connection.createStatement()) {
            statement.execute("SELECT pg_backup_start('standby', true)");
            copy(data, standby.data);
            try (var label = statement.executeQuery("SELECT labelfile FROM pg_backup_stop(false)")) {
                label.next();
                Files.writeString(standby.data.resolve("backup_label"), label.getString(1));
            }
            copy(data.resolve("pg_wal"), standby.data.resolve("pg_wal"));
            Files.setPosixFilePermissions(standby.data, PosixFilePermissions.fromString("rwx------"));
            Files.deleteIfExists(standby.data.resolve("postmaster.pid"));
            Files.deleteIfExists(standby.data.resolve("postmaster.opts"));
            Files.writeString(standby.data.resolve("standby.signal"), "");
            Files.writeString(
                    standby.data.resolve("postgresql.auto.conf"),
                    "primary_conninfo = 'host=127.0.0.1 port=" + port + " user=postgres'\n");
        } catch (IOException | SQLException e) {
            throw new IllegalStateException(e);
        }
        standby.start();
        return standby;
    }

    public void start() {
        run(
                "pg_ctl",
                "-D",
                data.toString(),
                "-l",
                folder.resolve("log").toString(),
                "-w",
                "-t",
                "60",
                "-o",
                "-p " + port + " " + String.join(" ", settings),
                "start");
    }

    /** At once, as in a crash: what has not left for the standbys never does. */
    public void stop() {
        run("pg_ctl", "-D", data.toString(), "-m", "immediate", "-w", "stop");
    }

    /** The address of whichever of the two is the primary. */
    public String urlWith(OwnServer other, String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + ",127.0.0.1:" + other.port + "/" + database;
    }

    /** A standby that hears nothing more of its primary. */
    public void cutOff() {
        postgres().execute("postgres", "ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()");
        Awaitility.await("no receiver").until(() -> {
            try (Connection connection = connect("postgres");
                    var row = connection.createStatement().executeQuery("SELECT count(*) FROM pg_stat_wal_receiver")) {
                return row.next() && row.getInt(1) == 0;
            }
        });
    }

    /** This login is asked for its password from now on. */
    public void passwordsFor(String login) {
        try {
            Path rules = data.resolve("pg_hba.conf");
            Files.writeString(rules, "host all " + login + " 127.0.0.1/32 scram-sha-256\n" + Files.readString(rules));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        postgres().execute("postgres", "SELECT pg_reload_conf()");
    }

    public void promote() {
        run("pg_ctl", "-D", data.toString(), "-w", "promote");
    }

    /** A server that runs as root refuses to; in a user namespace of its own it does not. */
    private void run(String program, String... arguments) {
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(List.of("unshare", "-U"));
        }
        command.add(version.binaries().resolve(program).toString());
        command.addAll(List.of(arguments));
        try {
            Path output = Files.createTempFile(folder, program, ".out");
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(90, TimeUnit.SECONDS) || process.exitValue() != 0) {
                Path log = folder.resolve("log");
                throw new IllegalStateException(
                        command + ": " + Files.readString(output) + (Files.exists(log) ? Files.readString(log) : ""));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }

    @Override
    public void close() {
        if (Files.exists(data.resolve("postmaster.pid"))) {
            stop();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
