package io.errand.broker.signal.transmitter;

import io.errand.broker.audit.LogReader.Position;
import io.errand.broker.shared.Ids;
import io.errand.broker.signal.transmitter.EventStream.Status;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Rows of {@code security_event_stream}: what receivers asked for, how far each stream has come, and whose turn it is to push. */
@Component
class EventStreams {

    /** Of one receiver. */
    static final int MOST = 10;

    private final JdbcClient jdbc;

    EventStreams(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** What a receiver asks for. */
    record Wanted(
            @Nullable String description, @Nullable String endpoint, List<String> events, List<String> requested) {}

    /** Empty: its receiver has as many as one may have. Uses the index security_event_stream_receiver. */
    Optional<EventStream> create(String receiver, Wanted wanted, Position begin) {
        jdbc.sql("SELECT 1 FROM pg_advisory_xact_lock(hashtext('errand.signal.streams'))")
                .query(Integer.class)
                .single();
        return jdbc.sql("""
                        INSERT INTO security_event_stream (id, receiver, description, endpoint, events, requested, log, place)
                        SELECT :id, :receiver, :description, :endpoint, :events, :requested, :log, :place
                         WHERE (SELECT count(*) FROM security_event_stream WHERE receiver = :receiver) < :most
                        RETURNING *
                        """)
                .param("id", Ids.next())
                .param("receiver", receiver)
                .param("description", wanted.description())
                .param("endpoint", wanted.endpoint())
                .param("events", wanted.events().toArray(String[]::new))
                .param("requested", wanted.requested().toArray(String[]::new))
                .param("log", begin.log())
                .param("place", begin.place())
                .param("most", MOST)
                .query(EventStreams::stream)
                .optional();
    }

    Optional<EventStream> find(UUID id) {
        return jdbc.sql("SELECT * FROM security_event_stream WHERE id = :id")
                .param("id", id)
                .query(EventStreams::stream)
                .optional();
    }

    /** @param receiver whose; null: all that there are, up to a thousand */
    List<EventStream> list(@Nullable String receiver) {
        return jdbc.sql("""
                        SELECT * FROM security_event_stream WHERE :receiver::text IS NULL OR receiver = :receiver
                         ORDER BY id LIMIT 1000
                        """)
                .param("receiver", receiver)
                .query(EventStreams::stream)
                .list();
    }

    /** What waits is sent as the stream is from now on. */
    Optional<EventStream> replace(UUID id, Wanted wanted) {
        return jdbc.sql("""
                        UPDATE security_event_stream
                           SET description = :description, endpoint = :endpoint, events = :events, requested = :requested,
                               failures = 0, last_error = NULL, due_at = '-infinity'
                         WHERE id = :id RETURNING *
                        """)
                .param("id", id)
                .param("description", wanted.description())
                .param("endpoint", wanted.endpoint())
                .param("events", wanted.events().toArray(String[]::new))
                .param("requested", wanted.requested().toArray(String[]::new))
                .query(EventStreams::stream)
                .optional();
    }

    /** @param from where it goes on that was disabled */
    Optional<EventStream> status(UUID id, Status status, @Nullable String reason, Position from) {
        return jdbc.sql("""
                        UPDATE security_event_stream
                           SET log = CASE WHEN status = 'disabled' THEN :log ELSE log END,
                               place = CASE WHEN status = 'disabled' THEN :place ELSE place END,
                               status = :status, status_reason = :reason, due_at = '-infinity'
                         WHERE id = :id RETURNING *
                        """)
                .param("id", id)
                .param("status", status.name().toLowerCase(Locale.ROOT))
                .param("reason", reason)
                .param("log", from.log())
                .param("place", from.place())
                .query(EventStreams::stream)
                .optional();
    }

    boolean delete(UUID id) {
        return jdbc.sql("DELETE FROM security_event_stream WHERE id = :id")
                        .param("id", id)
                        .update()
                == 1;
    }

    /** False: it was asked for a moment ago. */
    boolean mayVerify(UUID id, Duration interval) {
        return jdbc.sql("""
                        UPDATE security_event_stream SET verified_at = now()
                         WHERE id = :id AND (verified_at IS NULL OR verified_at <= now() - make_interval(secs => :interval))
                        """)
                        .param("id", id)
                        .param("interval", interval.toSeconds())
                        .update()
                == 1;
    }

    /** Those that have not looked at all that is before a position. */
    List<UUID> behind(Position end) {
        return jdbc.sql("""
                        SELECT id FROM security_event_stream
                         WHERE status <> 'disabled' AND (log, place) < (:log, :place)
                        """)
                .param("log", end.log())
                .param("place", end.place())
                .query(UUID.class)
                .list();
    }

    /** The stream, held until the transaction is over; empty: somebody else has it, or nothing is kept for it. */
    Optional<EventStream> hold(UUID id) {
        return jdbc.sql(
                        "SELECT * FROM security_event_stream WHERE id = :id AND status <> 'disabled' FOR UPDATE SKIP LOCKED")
                .param("id", id)
                .query(EventStreams::stream)
                .optional();
    }

    void moved(UUID id, Position to, long missed) {
        jdbc.sql(
                        "UPDATE security_event_stream SET log = :log, place = :place, missed = missed + :missed WHERE id = :id")
                .param("id", id)
                .param("log", to.log())
                .param("place", to.place())
                .param("missed", missed)
                .update();
    }

    /** Those for whom something waits that may be pushed now. */
    List<UUID> due() {
        return jdbc.sql("""
                        SELECT id FROM security_event_stream AS s
                         WHERE endpoint IS NOT NULL AND status = 'enabled' AND due_at <= now() AND claimed_until <= now()
                           AND EXISTS (SELECT FROM security_event WHERE stream = s.id)
                        """).query(UUID.class).list();
    }

    /** It is this holder's turn for so long from now; empty: another one's, or it is not to be pushed. */
    Optional<EventStream> claim(UUID id, UUID holder, Duration hold) {
        return jdbc.sql("""
                        UPDATE security_event_stream SET holder = :holder, claimed_until = now() + make_interval(secs => :hold)
                         WHERE id = :id AND endpoint IS NOT NULL AND status = 'enabled' AND due_at <= now()
                           AND (claimed_until <= now() OR holder = :holder)
                        RETURNING *
                        """)
                .param("id", id)
                .param("holder", holder)
                .param("hold", hold.toSeconds())
                .query(EventStreams::stream)
                .optional();
    }

    /** It is anybody's turn; after a failure when it has rested: a second, two, four, a minute at most. */
    void release(UUID id, UUID holder, @Nullable String error) {
        jdbc.sql("""
                        UPDATE security_event_stream
                           SET claimed_until = '-infinity', last_error = :error,
                               failures = CASE WHEN :error::text IS NULL THEN 0 ELSE failures + 1 END,
                               due_at = CASE WHEN :error::text IS NULL THEN due_at
                                             ELSE now() + make_interval(secs => least(60, 2 ^ least(failures, 6))) END
                         WHERE id = :id AND holder = :holder
                        """)
                .param("id", id)
                .param("holder", holder)
                .param("error", error)
                .update();
    }

    /**
     * What there is to say about one.
     *
     * @param waits seconds since the oldest that waits; 0: nothing does
     * @param error what went wrong the last time; empty: nothing
     * @param missed entries of the audit log that were dropped before they were looked at
     */
    record State(UUID id, String receiver, boolean pushed, Status status, double waits, String error, long missed) {}

    List<State> states() {
        return jdbc.sql("""
                        SELECT s.*, coalesce(extract(epoch FROM now() - (SELECT created_at FROM security_event
                                                                          WHERE stream = s.id ORDER BY number LIMIT 1)), 0)::float8 AS waits
                          FROM security_event_stream AS s ORDER BY id LIMIT 1000
                        """)
                .query((row, n) -> new State(
                        row.getObject("id", UUID.class),
                        row.getString("receiver"),
                        row.getString("endpoint") != null,
                        status(row),
                        row.getDouble("waits"),
                        row.getString("last_error") == null ? "" : row.getString("last_error"),
                        row.getLong("missed")))
                .list();
    }

    private static EventStream stream(ResultSet row, int n) throws SQLException {
        return new EventStream(
                row.getObject("id", UUID.class),
                row.getString("receiver"),
                row.getString("description"),
                row.getString("endpoint"),
                texts(row, "events"),
                texts(row, "requested"),
                status(row),
                row.getString("status_reason"),
                new Position(row.getInt("log"), row.getLong("place")));
    }

    private static Status status(ResultSet row) throws SQLException {
        return Status.valueOf(row.getString("status").toUpperCase(Locale.ROOT));
    }

    private static List<String> texts(ResultSet row, String column) throws SQLException {
        return List.of((String[]) row.getArray(column).getArray());
    }
}
