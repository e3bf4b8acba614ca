package io.errand.broker.shared.health;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.Optional;
import javax.sql.DataSource;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Nothing is decided without the database, so a replica that does not reach it is sent nothing. */
@Component("databaseHealthIndicator")
public class DatabaseHealth extends BoundedHealth {

    /** A pool that is all in use is no database that is away, for so long. */
    private static final Duration BUSY = Duration.ofSeconds(30);

    private final JdbcClient jdbc;
    private final DataSource database;
    private volatile long answered = System.nanoTime() - BUSY.toNanos();

    DatabaseHealth(JdbcClient jdbc, DataSource database) {
        super("The database gave no answer within a second.");
        this.jdbc = jdbc;
        this.database = database;
    }

    @Override
    protected Optional<String> missing() {
        if (isBusy()) {
            return Optional.empty();
        }
        boolean readOnly = jdbc.sql(
                        "SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool")
                .query(Boolean.class)
                .single();
        answered = System.nanoTime();
        return readOnly ? Optional.of("The database only reads: it is a standby, or was made so.") : Optional.empty();
    }

    private boolean isBusy() {
        return database instanceof HikariDataSource pool
                && pool.getHikariPoolMXBean() != null
                && pool.getHikariPoolMXBean().getActiveConnections() >= pool.getMaximumPoolSize()
                && System.nanoTime() - answered < BUSY.toNanos();
    }

    @Override
    protected String faulty(Throwable fault) {
        return "The database does not answer: " + lowest(fault);
    }

    /** The pool says only that it waited; what the driver or the server said stands below. */
    static String lowest(Throwable fault) {
        return String.valueOf(NestedExceptionUtils.getMostSpecificCause(fault).getMessage())
                .lines()
                .findFirst()
                .orElse("no cause is known");
    }
}
