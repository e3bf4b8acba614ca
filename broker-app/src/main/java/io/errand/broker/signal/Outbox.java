package io.errand.broker.signal;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The rows that wait. Whoever claims one has it until its due time; if it dies, another replica takes the row then. */
@Component
class Outbox {

    private final JdbcClient jdbc;

    Outbox(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** @param attempts this one included */
    record Notice(UUID id, String payload, int attempts) {}

    /** The oldest first, as far as one claim goes: ids are in the order of their time. */
    List<Notice> claim(String receiver, Duration atMost, int most) {
        // Uses the index outbox_due.
        return jdbc
                .sql("""
                        UPDATE outbox SET attempts = attempts + 1, due_at = now() + make_interval(secs => :claim)
                        WHERE id IN (SELECT id FROM outbox WHERE receiver = :receiver AND due_at <= now()
                                     ORDER BY due_at FOR UPDATE SKIP LOCKED LIMIT :most)
                        RETURNING id, payload, attempts
                        """)
                .param("claim", atMost.toSeconds())
                .param("receiver", receiver)
                .param("most", most)
                .query((row, n) ->
                        new Notice(row.getObject("id", UUID.class), row.getString("payload"), row.getInt("attempts")))
                .list()
                .stream()
                .sorted(Comparator.comparing(Notice::id))
                .toList();
    }

    void delivered(UUID id) {
        jdbc.sql("DELETE FROM outbox WHERE id = :id").param("id", id).update();
    }

    void failed(UUID id, String error, Duration backoff) {
        jdbc.sql("""
                        UPDATE outbox SET last_error = :error, due_at = now() + make_interval(secs => :backoff) WHERE id = :id
                        """)
                .param("error", error)
                .param("backoff", backoff.toSeconds())
                .param("id", id)
                .update();
    }

    /** Ids are in the order of their time, so it is the first of the primary key. 0: nothing waits. */
    double secondsOfOldest() {
        return jdbc.sql("""
                        SELECT greatest(0, extract(epoch FROM now() - created_at))::float8 FROM outbox ORDER BY id LIMIT 1
                        """).query(Double.class).optional().orElse(0.0);
    }

    long waiting() {
        return jdbc.sql("SELECT count(*) FROM outbox").query(Long.class).single();
    }
}
