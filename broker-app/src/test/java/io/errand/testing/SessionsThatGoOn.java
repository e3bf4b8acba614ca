package io.errand.testing;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** An agent that reads in an open session and logs in again whenever it is cut, and may do more than that to stay. */
public final class SessionsThatGoOn {

    /** What it does beside reading. */
    public enum Manner {
        READS,
        /** Changes its own row in a transaction that it leaves open, in every session. */
        HOLDS_ITS_ROW,
        /** Prepares that transaction, and another one. */
        PREPARES,
        /** Leaves objects in another database of the server. */
        OWNS_ELSEWHERE
    }

    /** Sixty of these are three thousand statements a second: without it they would have the whole machine. */
    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(20);

    private static final Duration LAST_STATEMENT = Duration.ofSeconds(20);

    private final JsonNode credential;
    private final Manner manner;
    private final Thread thread;
    private volatile boolean over;
    private volatile boolean resisting;
    private volatile @Nullable Instant lastSuccess;

    private SessionsThatGoOn(JsonNode credential, Manner manner) {
        this.credential = credential;
        this.manner = manner;
        this.thread = Thread.ofVirtual().name(this.toString()).unstarted(this::goOn);
    }

    public static SessionsThatGoOn begin(JsonNode credential, Manner manner) {
        SessionsThatGoOn sessions = new SessionsThatGoOn(credential, manner);
        sessions.thread.start();
        return sessions;
    }

    public String lease() {
        return credential.path("lease_id").asString();
    }

    public Manner manner() {
        return manner;
    }

    /** It has read, and resists if it is to. */
    public boolean isAtWork() {
        return lastSuccess != null && (resisting || manner == Manner.READS);
    }

    /** By the server's clock. */
    public Instant lastSuccess() {
        Instant last = lastSuccess;
        if (last == null) {
            throw new IllegalStateException(this + " never read");
        }
        return last;
    }

    /** All of them, whatever became of the test; what does not end by itself does not keep the others. */
    public static void stop(List<SessionsThatGoOn> all) {
        all.forEach(sessions -> sessions.over = true);
        try {
            for (SessionsThatGoOn sessions : all) {
                sessions.thread.join(LAST_STATEMENT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void goOn() {
        while (!over) {
            try (Connection session = Scene.login(credential)) {
                resist(session);
                while (!over) {
                    read(session);
                    LockSupport.parkNanos(PAUSE);
                }
            } catch (SQLException e) {
                LockSupport.parkNanos(PAUSE);
            }
        }
    }

    private void read(Connection session) throws SQLException {
        try (var statement = session.createStatement();
                var row = statement.executeQuery("SELECT clock_timestamp() FROM orders LIMIT 1")) {
            row.next();
            lastSuccess = row.getObject(1, OffsetDateTime.class).toInstant();
        }
    }

    private void resist(Connection session) throws SQLException {
        switch (manner) {
            case READS -> {}
            case HOLDS_ITS_ROW -> run(session, "BEGIN", "ALTER ROLE CURRENT_USER PASSWORD 'mine'");
            case PREPARES -> {
                if (!resisting) {
                    run(
                            session,
                            "BEGIN",
                            "ALTER ROLE CURRENT_USER PASSWORD 'mine'",
                            "PREPARE TRANSACTION '1 " + lease() + "'",
                            "BEGIN",
                            "SELECT lo_create(0)",
                            "PREPARE TRANSACTION '2 " + lease() + "'");
                }
            }
            case OWNS_ELSEWHERE -> {
                if (!resisting) {
                    ownElsewhere();
                }
            }
        }
        resisting = true;
    }

    private void ownElsewhere() throws SQLException {
        JsonNode data = credential.path("data");
        String url = data.path("jdbc_url").asString();
        try (Connection elsewhere = DriverManager.getConnection(
                url.substring(0, url.lastIndexOf('/') + 1) + "postgres",
                data.path("username").asString(),
                data.path("password").asString())) {
            run(elsewhere, "SELECT lo_create(0)", "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC");
        }
    }

    private static void run(Connection session, String... statements) throws SQLException {
        try (var statement = session.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    @Override
    public String toString() {
        return manner + " of lease " + lease();
    }
}
