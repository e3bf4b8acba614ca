package io.errand.testing;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;

/** A real MariaDB of its own on loopback; {@code root} has no password there. It lives as long as the JVM. */
public final class MariaDb {

    private static final class Once {
        private static final MariaDb ONE = new MariaDb();
    }

    private final int port = FreePorts.next();

    /** With a database {@code shop} and in it a table {@code orders}. */
    public static MariaDb shared() {
        Programs.find("mariadbd", "mariadb-server"); // skips before anything fails
        return Once.ONE;
    }

    private MariaDb() {
        Path server = Programs.find("mariadbd", "mariadb-server");
        Path install = Programs.find("mariadb-install-db", "mariadb-server");
        Path folder = Programs.folder("mariadb");
        Path log = folder.resolve("log");
        String data = "--datadir=" + folder.resolve("data");
        Programs.run(
                log,
                Map.of(),
                install.toString(),
                "--no-defaults",
                data,
                "--auth-root-authentication-method=normal",
                "--skip-test-db");
        Programs.start(
                log,
                Map.of(),
                server.toString(),
                "--no-defaults",
                data,
                Programs.isRoot() ? "--user=root" : "--skip-symbolic-links",
                "--port=" + port,
                "--bind-address=127.0.0.1",
                "--socket=" + folder.resolve("s"),
                "--pid-file=" + folder.resolve("pid"),
                "--innodb-buffer-pool-size=32M",
                "--innodb-flush-log-at-trx-commit=0");
        Awaitility.await("MariaDB on port " + port)
                .atMost(Duration.ofMinutes(1))
                .ignoreExceptions()
                .until(() -> {
                    connect("root", "").close();
                    return true;
                });
        execute("""
                CREATE DATABASE shop;
                CREATE TABLE shop.orders (id int PRIMARY KEY, item text);
                INSERT INTO shop.orders VALUES (1, 'paper');
                """);
    }

    public String address() {
        return "127.0.0.1:" + port;
    }

    public Connection connect(String user, String password) throws SQLException {
        return DriverManager.getConnection("jdbc:mariadb://" + address() + "/?allowMultiQueries=true", user, password);
    }

    /** Runs statements as root. */
    public void execute(String sql) {
        try (Connection connection = connect("root", "");
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
