package io.errand.faults;

import io.errand.testing.Surroundings;
import java.sql.Connection;
import java.sql.SQLException;

/** While this stands, whoever makes or changes a login at the target waits, in the middle of it. */
final class HeldCatalogue implements AutoCloseable {

    private final Connection connection;

    HeldCatalogue() {
        try {
            connection = Servers.postgres().connect(Surroundings.TARGET_DATABASE);
            connection.setAutoCommit(false);
            try (var statement = connection.createStatement()) {
                statement.execute("LOCK TABLE pg_catalog.pg_authid IN SHARE MODE");
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits until so many stand here with a statement like that. */
    void awaitHeld(int count, String statement) {
        Deployment.await(
                count + " held at " + statement,
                () -> Deployment.rows(
                                        Surroundings.TARGET_DATABASE,
                                        "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%"
                                                + statement + "%'")
                                .size()
                        == count);
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
