package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is in the embedded database survives a restart, and the kill of the process that started it. */
class EmbeddedDatabaseTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @Test
    void dataPortAndPasswordsSurviveRestartAndKill() throws Exception {
        int port;
        try (DataDirectory data = DataDirectory.take(directory);
                EmbeddedDatabase first = EmbeddedDatabase.start(data)) {
            port = first.port();
            execute(first, "UPDATE orders SET item = 'kept' WHERE id = 1001");
        }
        startAndKill();

        try (DataDirectory data = DataDirectory.take(directory);
                EmbeddedDatabase again = EmbeddedDatabase.start(data)) {
            assertThat(again.port()).isEqualTo(port);
            assertThat(text(again, "SELECT item FROM orders WHERE id = 1001"))
                    .isEqualTo("kept by a broker that was killed");
            assertThat(text(again, "SHOW fsync")).isEqualTo("on");
            assertThat(text(again, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
            nobodyComesInWithoutPassword(again);
            eachLoginHasItsOwnDatabase(again);
        }
    }

    /** Another JVM, and SIGKILL: its PostgreSQL runs on. */
    private void startAndKill() throws Exception {
        Process broker = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Killed.class.getName(),
                        directory.toString())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader said = broker.inputReader()) {
            assertThat(said.lines().anyMatch("ready"::equals)).isTrue();
        } finally {
            broker.destroyForcibly().waitFor();
        }
    }

    static final class Killed {

        public static void main(String[] arguments) throws Exception {
            EmbeddedDatabase database = EmbeddedDatabase.start(DataDirectory.take(Path.of(arguments[0])));
            execute(database, "UPDATE orders SET item = item || ' by a broker that was killed' WHERE id = 1001");
            System.out.println("ready");
            new CountDownLatch(1).await();
        }
    }

    private static void nobodyComesInWithoutPassword(EmbeddedDatabase database) {
        assertThatThrownBy(() -> DriverManager.getConnection(database.url("postgres"), "postgres", "postgres"))
                .isInstanceOf(SQLException.class)
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo("28P01");
    }

    private static void eachLoginHasItsOwnDatabase(EmbeddedDatabase database) throws SQLException {
        EmbeddedDatabase.Login target = database.target();
        DriverManager.getConnection(database.url("orders"), target.username(), target.password())
                .close();

        assertThatThrownBy(
                        () -> DriverManager.getConnection(database.url("errand"), target.username(), target.password()))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("permission denied for database");
    }

    private static void execute(EmbeddedDatabase database, String sql) throws SQLException {
        try (Connection connection = database.connect(EmbeddedDatabase.TARGET);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String text(EmbeddedDatabase database, String sql) throws SQLException {
        try (Connection connection = database.connect(EmbeddedDatabase.TARGET);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            assertThat(result.next()).isTrue();
            return result.getString(1);
        }
    }
}
