package io.errand.broker.lease.removal;

import io.errand.broker.lease.LeaseProperties;
import io.errand.broker.lease.Revocations;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.stereotype.Component;

/**
 * Hears other replicas say that a lease is to go. It has a connection of its own, outside the pool. It is a shortcut only: while
 * it is deaf, the poller looks every {@code errand.lease.poll-interval}.
 */
@Component
public class LeaseListener {

    private static final Logger LOG = LoggerFactory.getLogger(LeaseListener.class);

    /** Between two proofs that the connection still stands. */
    private static final int LISTEN_MILLIS = (int) Duration.ofSeconds(10).toMillis();

    private final JdbcConnectionDetails database;
    private final LeaseProperties settings;
    private volatile @Nullable Connection current;
    private volatile CountDownLatch stopped = new CountDownLatch(0);

    public LeaseListener(JdbcConnectionDetails database, LeaseProperties settings) {
        this.database = database;
        this.settings = settings;
    }

    void start(Runnable heard) {
        CountDownLatch stop = new CountDownLatch(1);
        stopped = stop;
        Thread.ofVirtual().name("errand-lease-listener").start(() -> keepListening(heard, stop));
    }

    void stop() {
        stopped.countDown();
        Connection connection = current;
        if (connection != null) {
            try {
                // Interrupts the wait for notifications at once.
                connection.abort(Runnable::run);
            } catch (SQLException e) {
                LOG.debug("The listener's connection was closed already", e);
            }
        }
    }

    private void keepListening(Runnable heard, CountDownLatch stop) {
        try {
            do {
                try {
                    listen(heard, stop);
                } catch (SQLException e) {
                    if (stop.getCount() > 0) {
                        LOG.warn("Lost the connection that listens for leases; polling goes on: {}", e.getMessage());
                    }
                }
            } while (!stop.await(settings.pollInterval().toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void listen(Runnable heard, CountDownLatch stop) throws SQLException {
        Properties login = new Properties();
        if (database.getUsername() != null) {
            login.setProperty("user", database.getUsername());
        }
        if (database.getPassword() != null) {
            login.setProperty("password", database.getPassword());
        }
        login.setProperty("connectTimeout", "2");
        login.setProperty("tcpKeepAlive", "true");
        login.setProperty("ApplicationName", "errand-lease-listener");
        try (Connection connection = DriverManager.getConnection(database.getJdbcUrl(), login);
                Statement statement = connection.createStatement()) {
            current = connection;
            statement.execute("LISTEN " + Revocations.CHANNEL);
            PGConnection notifications = connection.unwrap(PGConnection.class);
            // What was said while nobody listened.
            heard.run();
            while (stop.getCount() > 0) {
                PGNotification[] said = notifications.getNotifications(LISTEN_MILLIS);
                if (said != null && said.length > 0) {
                    heard.run();
                } else if (!connection.isValid(2)) {
                    throw new SQLException("the connection is dead");
                }
            }
        } finally {
            current = null;
        }
    }
}
