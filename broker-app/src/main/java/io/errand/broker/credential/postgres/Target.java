package io.errand.broker.credential.postgres;

import com.zaxxer.hikari.HikariDataSource;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

/** One database and the pool of the broker's own connections to it; none is opened before the first is asked for. */
final class Target implements AutoCloseable {

    private static final Duration CONNECT = Duration.ofSeconds(2);
    private static final Duration STATEMENT = Duration.ofSeconds(5);

    private final String name;
    private final TargetProperties.Target settings;
    private final Properties parts;
    private final HikariDataSource pool;

    Target(String name, TargetProperties.Target settings) {
        this.name = name;
        this.settings = settings;
        this.parts = Objects.requireNonNull(Driver.parseURL(Objects.requireNonNull(settings.url()), null));
        this.pool = pool(name, settings);
    }

    String name() {
        return name;
    }

    int connectionLimit() {
        return settings.connectionLimit();
    }

    int scramIterations() {
        return settings.scramIterations();
    }

    @Nullable
    String reassignTo() {
        return settings.reassignTo();
    }

    TargetProperties.Leftovers leftovers() {
        return settings.leftovers();
    }

    Connection connect() throws SQLException {
        return pool.getConnection();
    }

    /** The database of its url. */
    String database() {
        return parts.getProperty("PGDBNAME");
    }

    /** A connection of its own to another database of the same server, or to this one; who asks for it closes it. */
    Connection connect(String database) throws SQLException {
        Properties own = new Properties();
        own.setProperty("user", String.valueOf(settings.username()));
        own.setProperty("password", settings.login().reveal());
        own.setProperty("connectTimeout", String.valueOf(CONNECT.toSeconds()));
        own.setProperty("socketTimeout", String.valueOf(STATEMENT.toSeconds() + 1));
        own.setProperty("ApplicationName", "errand");
        // In force before the first statement, whatever ALTER DATABASE or ALTER ROLE … SET say.
        own.setProperty(
                "options", "-c search_path=pg_catalog,pg_temp -c statement_timeout=" + STATEMENT.toMillis());
        return DriverManager.getConnection(urlOf(database), own);
    }

    private String urlOf(String database) {
        String url = Objects.requireNonNull(settings.url());
        int query = url.indexOf('?');
        String path = query < 0 ? url : url.substring(0, query);
        return path.substring(0, path.lastIndexOf('/') + 1)
                + URLEncoder.encode(database, StandardCharsets.UTF_8).replace("+", "%20")
                + (query < 0 ? "" : url.substring(query));
    }

    /** Where else the credential may be used: nowhere. */
    ObservedPlaces places() {
        return ObservedPlaces.NONE;
    }

    /** Where an agent connects. */
    Map<String, Object> address() {
        Map<String, Object> address = new LinkedHashMap<>();
        address.put("host", parts.getProperty("PGHOST"));
        address.put("port", Integer.valueOf(parts.getProperty("PGPORT")));
        address.put("database", parts.getProperty("PGDBNAME"));
        return address;
    }

    /** The configured address without the settings that are the broker's own; how to check the server's name is everybody's. */
    String jdbcUrl() {
        String url = Objects.requireNonNull(settings.url());
        int query = url.indexOf('?');
        String mode = parts.getProperty("sslmode");
        return (query < 0 ? url : url.substring(0, query)) + (mode == null ? "" : "?sslmode=" + mode);
    }

    @Override
    public void close() {
        pool.close();
    }

    @SuppressWarnings("resource") // closed by close()
    private static HikariDataSource pool(String name, TargetProperties.Target settings) {
        // This constructor opens nothing: a target that is down does not keep the service from starting.
        HikariDataSource pool = new HikariDataSource();
        pool.setPoolName("target-" + name);
        pool.setJdbcUrl(settings.url());
        pool.setUsername(settings.username());
        pool.setPassword(settings.login().reveal());
        pool.setMaximumPoolSize(settings.poolSize());
        pool.setMinimumIdle(0);
        pool.setInitializationFailTimeout(-1);
        pool.setConnectionTimeout(CONNECT.toMillis());
        pool.setValidationTimeout(CONNECT.toMillis() / 2);
        pool.setIdleTimeout(Duration.ofMinutes(1).toMillis());
        pool.setConnectionInitSql(
                "SET search_path = pg_catalog, pg_temp; SET statement_timeout = " + STATEMENT.toMillis());
        pool.addDataSourceProperty("connectTimeout", CONNECT.toSeconds());
        // Above the server's own timeout, which leaves a connection that can be used again.
        pool.addDataSourceProperty("socketTimeout", STATEMENT.toSeconds() + 1);
        pool.addDataSourceProperty("tcpKeepAlive", true);
        pool.addDataSourceProperty("ApplicationName", "errand");
        return pool;
    }
}
