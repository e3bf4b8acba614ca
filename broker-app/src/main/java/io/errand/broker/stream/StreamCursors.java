package io.errand.broker.stream;

import io.errand.broker.audit.LogReader.Position;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** How far each stream has come, and whose turn it is. Rows are found by their primary key. */
@Component
class StreamCursors {

    private final JdbcClient jdbc;

    StreamCursors(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** @param begin where it begins if it has never sent anything */
    void begin(String name, Position begin) {
        jdbc.sql("INSERT INTO audit_stream (name, log, place) VALUES (:name, :log, :place) ON CONFLICT DO NOTHING")
                .param("name", name)
                .param("log", begin.log())
                .param("place", begin.place())
                .update();
    }

    /** Where it is, if it is this holder's turn for so long from now; empty: another one's, or it is to rest. */
    Optional<Position> claim(String name, UUID holder, Duration hold) {
        return jdbc.sql("""
                        UPDATE audit_stream SET holder = :holder, claimed_until = now() + make_interval(secs => :hold)
                         WHERE name = :name AND due_at <= now() AND (claimed_until <= now() OR holder = :holder)
                        RETURNING log, place
                        """)
                .param("name", name)
                .param("holder", holder)
                .param("hold", hold.toSeconds())
                .query((row, n) -> new Position(row.getInt("log"), row.getLong("place")))
                .optional();
    }

    /**
     * What is before a position was taken by the receiver.
     *
     * @return whether it is still the holder's turn, for so long from now
     */
    boolean advance(String name, UUID holder, Duration hold, Position from, Position to, long missed) {
        return jdbc.sql("""
                                UPDATE audit_stream
                                   SET log = :log, place = :place, missed = missed + :missed, failures = 0, last_error = NULL,
                                       sent_at = now(), claimed_until = now() + make_interval(secs => :hold)
                                 WHERE name = :name AND holder = :holder AND log = :from_log AND place = :from_place
                                """)
                        .param("log", to.log())
                        .param("place", to.place())
                        .param("missed", missed)
                        .param("hold", hold.toSeconds())
                        .param("name", name)
                        .param("holder", holder)
                        .param("from_log", from.log())
                        .param("from_place", from.place())
                        .update()
                == 1;
    }

    /** It is anybody's turn; after a failure when it has rested: a second, two, four, a minute at most. */
    void release(String name, UUID holder, @Nullable String error) {
        jdbc.sql("""
                        UPDATE audit_stream
                           SET claimed_until = '-infinity',
                               failures = CASE WHEN :error::text IS NULL THEN failures ELSE failures + 1 END,
                               last_error = coalesce(:error, last_error),
                               due_at = CASE WHEN :error::text IS NULL THEN due_at
                                             ELSE now() + make_interval(secs => least(60, 2 ^ least(failures, 6))) END
                         WHERE name = :name AND holder = :holder
                        """)
                .param("error", error)
                .param("name", name)
                .param("holder", holder)
                .update();
    }

    /**
     * What there is to say about one.
     *
     * @param error what went wrong the last time; empty: nothing
     */
    record State(Position position, String error, long missed) {}

    Optional<State> find(String name) {
        return jdbc.sql(
                        "SELECT log, place, coalesce(last_error, '') AS error, missed FROM audit_stream WHERE name = :name")
                .param("name", name)
                .query((row, n) -> new State(
                        new Position(row.getInt("log"), row.getLong("place")),
                        row.getString("error"),
                        row.getLong("missed")))
                .optional();
    }
}
