package io.errand.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/**
 * A server from the binaries of Debian's package {@code postgresql-15}, for where no container engine answers. It does not run as
 * root, so root starts it as {@code postgres}.
 */
final class DebianPostgres {

    private static final Path BINARIES = Path.of("/usr/lib/postgresql/15/bin");
    private static final String USER = "postgres";
    private static final boolean ROOT = "root".equals(System.getProperty("user.name"));

    private DebianPostgres() {}

    static Postgres start() {
        if (!Files.isExecutable(BINARIES.resolve("postgres"))) {
            String missing = "there is no " + BINARIES + " (Debian: postgresql-15), and no container engine";
            if ("true".equals(System.getenv("ERRAND_REQUIRE_ALL"))) {
                throw new AssertionError(missing);
            }
            Assumptions.abort(missing);
        }
        try {
            Path folder = folder();
            Path password = owned(Files.writeString(folder.resolve("password"), USER));
            Path data = folder.resolve("data");
            run("initdb", "-D", data.toString(), "-U", USER, "-A", "scram-sha-256", "--pwfile=" + password, "-N");
            int port = freePort();
            serve(data, port);
            Postgres server = new Postgres("127.0.0.1", port, USER, USER);
            Awaitility.await("PostgreSQL 15").atMost(Duration.ofMinutes(1)).until(() -> answers(server));
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path folder() throws IOException {
        return owned(Files.createTempDirectory("errand-postgres"));
    }

    private static Path owned(Path path) throws IOException {
        return ROOT
                ? Files.setOwner(
                        path,
                        FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName(USER))
                : path;
    }

    private static void serve(Path data, int port) throws IOException {
        Process process = new ProcessBuilder(command(
                        "postgres",
                        "-D",
                        data.toString(),
                        "-p",
                        String.valueOf(port),
                        "-c",
                        "unix_socket_directories=",
                        "-c",
                        "listen_addresses=127.0.0.1",
                        "-c",
                        "max_connections=300",
                        "-c",
                        "fsync=off",
                        "-c",
                        "max_prepared_transactions=" + Postgres.PREPARED))
                .redirectErrorStream(true)
                .redirectOutput(data.resolveSibling("log").toFile())
                .start();
        // SIGQUIT: at once, without waiting for sessions or prepared transactions.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                new ProcessBuilder("kill", "-QUIT", String.valueOf(process.pid()))
                        .start()
                        .waitFor();
            } catch (IOException | InterruptedException e) {
                process.destroyForcibly();
            }
        }));
    }

    private static void run(String... command) throws IOException {
        try {
            Process process = new ProcessBuilder(command(command))
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(said);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> command(String... command) {
        List<String> all = new ArrayList<>();
        if (ROOT) {
            all.addAll(List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--clear-groups"));
        }
        all.add(BINARIES.resolve(command[0]).toString());
        all.addAll(List.of(command).subList(1, command.length));
        return all;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static boolean answers(Postgres server) {
        try {
            server.connect("postgres").close();
            return true;
        } catch (SQLException e) {
            return false;
        }
    }
}
