package io.errand.faults;

import io.errand.testing.Postgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/** What a third of those who hold a login do to keep it. */
final class Resisting {

    /** Sessions stay open, and a server has only so many. */
    private static final int SESSIONS = 40;

    private final Map<String, Connection> sessions = new ConcurrentHashMap<>();
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicInteger resisted = new AtomicInteger();
    private final Postgres server;

    Resisting(Postgres server) {
        this.server = server;
    }

    int resisted() {
        return resisted.get();
    }

    void mayResist(JsonNode grant) {
        int now = turn.getAndIncrement();
        if (now % 3 != 0) {
            return;
        }
        try {
            switch (now / 3 % 3) {
                case 0 -> holdRow(grant);
                case 1 -> prepare(grant);
                default -> ownElsewhere(grant);
            }
            resisted.incrementAndGet();
        } catch (SQLException e) {
            // The server has no more sessions or prepared transactions, or the credential is gone already.
            System.out.println("Does not resist: " + e.getMessage());
        }
    }

    private void holdRow(JsonNode grant) throws SQLException {
        if (sessions.size() >= SESSIONS) {
            prepare(grant);
            return;
        }
        Connection session = Client.login(server, grant);
        sessions.put(lease(grant), session);
        run(session, "BEGIN", "ALTER ROLE CURRENT_USER PASSWORD 'mine'");
    }

    private void prepare(JsonNode grant) throws SQLException {
        try (Connection session = Client.login(server, grant)) {
            run(
                    session,
                    "BEGIN",
                    "ALTER ROLE CURRENT_USER PASSWORD 'mine'",
                    "PREPARE TRANSACTION '" + lease(grant) + "'");
        }
    }

    private static void ownElsewhere(JsonNode grant) throws SQLException {
        JsonNode data = grant.path("credentials").path(0).path("data");
        String url = data.path("jdbc_url").asString();
        try (Connection elsewhere = DriverManager.getConnection(
                url.substring(0, url.lastIndexOf('/') + 1) + "postgres",
                data.path("username").asString(),
                data.path("password").asString())) {
            run(elsewhere, "SELECT lo_create(0)", "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC");
        }
    }

    /** Whether the session that it left open can still read; it has none from then on. */
    boolean stillReads(JsonNode grant) {
        try (Connection session = sessions.remove(lease(grant))) {
            if (session == null) {
                return false;
            }
            run(session, "SELECT * FROM orders");
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    private static String lease(JsonNode grant) {
        return grant.path("credentials").path(0).path("lease_id").asString();
    }

    private static void run(Connection session, String... statements) throws SQLException {
        try (var statement = session.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
