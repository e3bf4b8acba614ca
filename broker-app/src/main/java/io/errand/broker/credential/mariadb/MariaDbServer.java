package io.errand.broker.credential.mariadb;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.Credentials;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/** One server and the broker's own connections to it; none is opened before the first is asked for. */
final class MariaDbServer implements AutoCloseable {

    private static final Duration CONNECT = Duration.ofSeconds(2);
    private static final Duration STATEMENT = Duration.ofSeconds(5);

    /** Seconds that a statement waits for somebody's metadata lock. */
    private static final int LOCK_WAIT = 2;

    private final HikariDataSource pool;
    private final boolean rollsBack;

    MariaDbServer(String name, MariaDbProperties.Server settings) {
        rollsBack = settings.preparedTransactions() == MariaDbProperties.PreparedTransactions.ROLL_BACK;
        pool = new HikariDataSource();
        pool.setPoolName("mariadb-" + name);
        pool.setJdbcUrl(settings.url());
        pool.setCredentialsProvider(
                () -> Credentials.of(settings.username(), settings.login().reveal()));
        pool.setMaximumPoolSize(settings.poolSize());
        pool.setMinimumIdle(0);
        pool.setInitializationFailTimeout(-1);
        pool.setConnectionTimeout(CONNECT.toMillis());
        pool.setValidationTimeout(CONNECT.toMillis() / 2);
        pool.setIdleTimeout(Duration.ofMinutes(1).toMillis());
        pool.setConnectionInitSql("SET SESSION lock_wait_timeout = " + LOCK_WAIT);
        pool.addDataSourceProperty("connectTimeout", CONNECT.toMillis());
        pool.addDataSourceProperty("socketTimeout", STATEMENT.toMillis());
        pool.addDataSourceProperty("allowLocalInfile", false);
    }

    Connection connect() throws SQLException {
        return pool.getConnection();
    }

    /** Whether what is prepared there is an agent's, so that the broker may end it. */
    boolean rollsBack() {
        return rollsBack;
    }

    @Override
    public void close() {
        pool.close();
    }
}
