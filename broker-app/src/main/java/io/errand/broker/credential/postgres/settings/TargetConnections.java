package io.errand.broker.credential.postgres.settings;

import io.errand.broker.shared.Secret;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.Properties;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.core.BaseConnection;
import org.postgresql.util.HostSpec;
import org.springframework.jdbc.datasource.AbstractDataSource;

/**
 * Opens the broker's own connections to one server. Nothing of an agent's is run on them: every name and operator is looked for
 * in {@code pg_catalog} alone, which stands in the startup packet and therefore goes above what {@code ALTER DATABASE} or {@code
 * ALTER ROLE … SET} say, and is in force before the first statement.
 */
public final class TargetConnections extends AbstractDataSource {

    public static final Duration CONNECT = Duration.ofSeconds(2);
    static final Duration STATEMENT = Duration.ofSeconds(5);

    /** A stranger's lock is reported, not waited for. */
    private static final Duration LOCK = Duration.ofSeconds(1);

    private static final String SEARCH_PATH = "pg_catalog, pg_temp";

    /** The same again as a statement: a proxy in between may drop the options of a startup packet. */
    public static final String INIT = "SET search_path = " + SEARCH_PATH + "; SET lock_timeout = " + LOCK.toMillis()
            + "; SET statement_timeout = " + STATEMENT.toMillis();

    private final Driver driver = new Driver();
    private final String url;
    private final @Nullable String username;
    private final Supplier<Secret> password;
    private final String serverType;
    private volatile @Nullable HostSpec last;

    /** @param serverType what the driver takes a host for: {@code primary}, or {@code any} where it is told by asking */
    public TargetConnections(String url, @Nullable String username, Supplier<Secret> password, String serverType) {
        this.url = url;
        this.username = username;
        this.password = password;
        this.serverType = serverType;
    }

    @Override
    public Connection getConnection() throws SQLException {
        return to(url);
    }

    /** @param address the same server, another of its databases */
    public Connection to(String address) throws SQLException {
        Properties settings = new Properties();
        settings.setProperty("user", String.valueOf(username));
        settings.setProperty("password", readPassword().reveal());
        settings.setProperty("targetServerType", serverType);
        settings.setProperty(
                "options",
                "-c search_path=" + SEARCH_PATH.replace(" ", "") + " -c lock_timeout=" + LOCK.toMillis()
                        + " -c statement_timeout=" + STATEMENT.toMillis());
        settings.setProperty("connectTimeout", String.valueOf(CONNECT.toSeconds()));
        // Above the server's own timeout, which leaves a connection that can be used again.
        settings.setProperty("socketTimeout", String.valueOf(STATEMENT.toSeconds() + 1));
        settings.setProperty("tcpKeepAlive", "true");
        settings.setProperty("ApplicationName", "errand");
        Connection connection = Objects.requireNonNull(driver.connect(address, settings));
        last = connection.unwrap(BaseConnection.class).getQueryExecutor().getHostSpec();
        return connection;
    }

    private Secret readPassword() throws SQLException {
        try {
            return password.get();
        } catch (UncheckedIOException e) {
            throw new SQLException(e.getMessage(), "28000", e);
        }
    }

    @Override
    public Connection getConnection(String user, String secret) throws SQLException {
        return getConnection();
    }

    /** The driver's own time-outs count. */
    @Override
    public void setLoginTimeout(int seconds) {}

    /** Where the last connection was opened; null: none was. */
    public @Nullable HostSpec last() {
        return last;
    }
}
