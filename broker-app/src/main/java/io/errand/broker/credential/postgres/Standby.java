package io.errand.broker.credential.postgres;

import com.zaxxer.hikari.HikariDataSource;
import io.errand.broker.credential.postgres.Standbys.Position;
import io.errand.broker.credential.postgres.Standbys.Server;
import io.errand.broker.credential.postgres.settings.Address;
import io.errand.broker.credential.postgres.settings.TargetConnections;
import io.errand.broker.credential.postgres.settings.TargetProperties;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/** One hot standby, and the broker's own connections to it. */
public final class Standby implements AutoCloseable {

    private static final int POOL = 4;

    /** Replay is milliseconds behind where all is well; what takes longer is the next try's. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final String ABSENT = "absent";

    private static final Duration PAUSE = Duration.ofMillis(20);

    private final Address address;
    private final HikariDataSource pool;

    Standby(String name, String url, TargetProperties.Target settings) {
        this.address = Address.parse(url).orElseThrow();
        this.pool = Target.pool(
                "target-" + name, POOL, new TargetConnections(url, settings.username(), settings::login, "any"));
    }

    public Connection connect() throws SQLException {
        return pool.getConnection();
    }

    /**
     * What came of asking it.
     *
     * @param facts empty: it is the primary itself, which is looked at as such
     * @param missing what it did not say; empty: it said all
     */
    record Said(Map<String, Object> facts, Optional<String> missing) {

        static final Said NOTHING = new Said(Map.of(), Optional.empty());
    }

    private record Sight(boolean replayed, String lsn, String catalogue, long sessions, String at) {}

    Said end(String role, long oid, Position forbidden) {
        return asked(forbidden.server(), connection -> {
            long ended = terminate(connection, role, oid);
            Sight sight = await(connection, role, oid, forbidden);
            if (!sight.replayed) {
                return not("has replayed up to " + sight.lsn + ", and not yet that " + role
                        + " may not log in any more (" + forbidden.lsn() + ")");
            }
            ended += terminate(connection, role, oid);
            sight = see(connection, role, oid, forbidden);
            return sight.sessions > 0
                    ? not("has a session of " + role + " that does not end")
                    : new Said(Map.of("address", address.toString(), "sessions_ended", ended), Optional.empty());
        });
    }

    Said look(String role, long oid, Position ended, boolean dropped) {
        String wanted = dropped ? ABSENT : "no login";
        return asked(ended.server(), connection -> {
            Sight sight = await(connection, role, oid, ended);
            if (!sight.replayed || !(sight.catalogue.equals(wanted) || sight.catalogue.equals(ABSENT))) {
                return not("has replayed up to " + sight.lsn + ", and not yet that " + role + " is "
                        + (dropped ? "gone" : "disabled") + " (" + ended.lsn() + ")");
            }
            if (sight.sessions > 0) {
                terminate(connection, role, oid);
                return not("had a session of " + role);
            }
            return new Said(seen(sight), Optional.empty());
        });
    }

    /**
     * Whether no role carries the lease's id there, and no session of a role that is gone is open. It was dropped by somebody else, and
     * a session that it left bears no name any more, once that is replayed.
     */
    Said lookFor(UUID lease, Position dropped) {
        return asked(dropped.server(), connection -> {
            Sight sight = await(connection, "", 0, dropped);
            List<String> roles = LoginRole.carrying(connection, lease);
            long ended = 0;
            for (String role : roles) {
                ended += terminate(connection, role, 0);
            }
            ended += terminateNameless(connection);
            if (!sight.replayed || !roles.isEmpty()) {
                return not("has replayed up to " + sight.lsn + ", and not yet that nothing carries the lease's id ("
                        + dropped.lsn() + ")");
            }
            if (ended > 0) {
                return not("had " + ended
                        + " sessions of roles that are dropped, and one may have been this credential's");
            }
            return new Said(seen(sight), Optional.empty());
        });
    }

    private static long terminateNameless(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT count(pg_terminate_backend(pid, 250))"
                        + " FROM pg_stat_activity WHERE usesysid IS NOT NULL AND usename IS NULL");
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }

    private Map<String, Object> seen(Sight sight) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("address", address.toString());
        facts.put("catalogue", sight.catalogue);
        facts.put("sessions", 0);
        facts.put("replayed", sight.lsn);
        facts.put("checked_at", sight.at);
        return facts;
    }

    private interface Question {
        Said put(Connection connection) throws SQLException;
    }

    private Said asked(Server primary, Question question) {
        try (Connection connection = connect()) {
            Server server = Server.of(connection);
            if (server.equals(primary)) {
                return Said.NOTHING;
            }
            if (!server.systemIdentifier().equals(primary.systemIdentifier())) {
                return not("belongs to another cluster than the target");
            }
            return isInRecovery(connection)
                    ? question.put(connection)
                    : not("is no standby any more: it was promoted, and the target's url leads to another primary");
        } catch (SQLException e) {
            return not("does not answer: " + e.getMessage());
        }
    }

    private Said not(String what) {
        return new Said(Map.of(), Optional.of("the standby " + address + " " + what));
    }

    public static boolean isInRecovery(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_is_in_recovery()");
                ResultSet row = statement.executeQuery()) {
            return row.next() && row.getBoolean(1);
        }
    }

    /** Tells the sessions to end and waits for each for a moment; how many there were. */
    private static long terminate(Connection connection, String role, long oid) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT count(pg_terminate_backend(pid, 250)) FROM pg_stat_activity WHERE usename = ? OR usesysid = ?::oid
                """)) {
            statement.setString(1, role);
            statement.setLong(2, oid);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private static Sight await(Connection connection, String role, long oid, Position position) throws SQLException {
        long giveUp = System.nanoTime() + PATIENCE.toNanos();
        Sight sight = see(connection, role, oid, position);
        while (!sight.replayed && System.nanoTime() - giveUp < 0) {
            LockSupport.parkNanos(PAUSE.toNanos());
            sight = see(connection, role, oid, position);
        }
        return sight;
    }

    private static Sight see(Connection connection, String role, long oid, Position position) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT coalesce(pg_last_wal_replay_lsn() >= ?::pg_lsn, false),
                       coalesce(pg_last_wal_replay_lsn()::text, 'nothing'),
                       coalesce((SELECT CASE WHEN rolcanlogin THEN 'login' ELSE 'no login' END
                                   FROM pg_roles WHERE rolname = ?), 'absent'),
                       (SELECT count(*) FROM pg_stat_activity WHERE usename = ? OR usesysid = ?::oid),
                       to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                """)) {
            statement.setString(1, position.lsn());
            statement.setString(2, role);
            statement.setString(3, role);
            statement.setLong(4, oid);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return new Sight(
                        row.getBoolean(1), row.getString(2), row.getString(3), row.getLong(4), row.getString(5));
            }
        }
    }

    void evict() {
        Target.evict(pool);
    }

    @Override
    public void close() {
        pool.close();
    }

    @Override
    public String toString() {
        return address.toString();
    }
}
