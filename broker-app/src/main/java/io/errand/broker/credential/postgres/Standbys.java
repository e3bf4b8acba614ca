package io.errand.broker.credential.postgres;

import io.errand.broker.credential.postgres.settings.TargetProperties;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiFunction;

/**
 * The hot standbys of a target. A login of the primary works there as soon as its making is replayed, and goes on working until
 * its removal is: so each is asked itself, all at once, and what one does not say is not known (P2).
 *
 * <p>A login ends in three steps: {@link #end} after the primary has forbidden it, then the primary drops it, then {@link #look}.
 * Only its members may end its sessions, so it is not dropped before.
 */
public final class Standbys implements AutoCloseable {

    private final List<Standby> all;

    Standbys(String target, TargetProperties.Target settings) {
        List<Standby> standbys = new ArrayList<>();
        for (String url : settings.standbys()) {
            standbys.add(new Standby(target + "-standby-" + standbys.size(), url, settings));
        }
        this.all = List.copyOf(standbys);
    }

    public List<Standby> all() {
        return all;
    }

    /**
     * A place in the primary's write-ahead log, and the server that it is of.
     *
     * @param lsn up to which the log is on the primary's disk: what was committed before is replayed when this is
     */
    record Position(String lsn, Server server) {

        public static Position of(Connection primary) throws SQLException {
            try (PreparedStatement statement = primary.prepareStatement("SELECT pg_current_wal_flush_lsn()::text");
                    ResultSet row = statement.executeQuery()) {
                row.next();
                return new Position(row.getString(1), Server.of(primary));
            }
        }
    }

    /**
     * One running server. Copies of one cluster have one system identifier, and no two of them were started in the same microsecond.
     */
    public record Server(String systemIdentifier, String startedAt) {

        public static Server of(Connection connection) throws SQLException {
            try (PreparedStatement statement = connection.prepareStatement("SELECT system_identifier::text,"
                            + " extract(epoch FROM pg_postmaster_start_time())::text FROM pg_control_system()");
                    ResultSet row = statement.executeQuery()) {
                row.next();
                return new Server(row.getString(1), row.getString(2));
            }
        }
    }

    /**
     * @param facts for the receipt, one entry a standby
     * @param missing which standby did not say what it must, and what; empty: all did
     */
    record Seen(List<Map<String, Object>> facts, Optional<String> missing) {

        static final Seen NOTHING = new Seen(List.of(), Optional.empty());
    }

    /** Ends the role's sessions everywhere, now that the primary has committed that it may not log in. */
    Seen end(Connection primary, String role, long oid) {
        return ask(primary, (standby, position) -> standby.end(role, oid, position));
    }

    /** Whether the login can be used nowhere. {@code dropped}: it must be absent; else it must be forbidden to log in. */
    Seen look(Connection primary, String role, long oid, boolean dropped) {
        return ask(primary, (standby, position) -> standby.look(role, oid, position, dropped));
    }

    /** The same for one that somebody else has dropped, and of which only the lease's id is known. */
    Seen lookFor(Connection primary, UUID lease) {
        return ask(primary, (standby, position) -> standby.lookFor(lease, position));
    }

    private Seen ask(Connection primary, BiFunction<Standby, Position, Standby.Said> question) {
        if (all.isEmpty()) {
            return Seen.NOTHING;
        }
        Position position;
        try {
            position = Position.of(primary);
        } catch (SQLException e) {
            return new Seen(List.of(), Optional.of("the primary does not say where its log is: " + e.getMessage()));
        }
        List<Map<String, Object>> facts = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Standby.Said>> asked = all.stream()
                    .map(standby -> CompletableFuture.supplyAsync(() -> question.apply(standby, position), threads))
                    .toList();
            for (CompletableFuture<Standby.Said> one : asked) {
                Standby.Said said = one.join();
                Optional.of(said.facts()).filter(map -> !map.isEmpty()).ifPresent(facts::add);
                said.missing().ifPresent(missing::add);
            }
        }
        return new Seen(facts, missing.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", missing)));
    }

    void evict() {
        all.forEach(Standby::evict);
    }

    @Override
    public void close() {
        all.forEach(Standby::close);
    }
}
