package io.errand.broker.audit;

import io.errand.api.log.Checkpoint;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The transparency logs that there are, and what was signed of each. */
@Component
class LogTables {

    private final JdbcClient jdbc;

    LogTables(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * A log, as its last checkpoint has it.
     *
     * @param checkpoint null: it has no entry yet
     * @param isDue whether another checkpoint may follow the last one
     */
    record Log(
            int number,
            String origin,
            @Nullable UUID firstEvent,
            long minimumIndex,
            @Nullable Checkpoint checkpoint,
            boolean isDue) {

        long size() {
            return checkpoint == null ? 0 : checkpoint.size();
        }
    }

    /** One sequencer at a time: held until the transaction's end. */
    boolean tryLock() {
        return jdbc.sql("SELECT pg_try_advisory_xact_lock(hashtext('errand.audit.sequencer'))")
                .query(Boolean.class)
                .single();
    }

    /** The same, waiting for its turn. */
    void lock() {
        jdbc.sql("SELECT 1 FROM pg_advisory_xact_lock(hashtext('errand.audit.sequencer'))")
                .query(Integer.class)
                .single();
    }

    /** The one that goes on. */
    Optional<Log> newest() {
        return logs("ORDER BY log.number DESC LIMIT 1", Map.of()).stream().findFirst();
    }

    /** The one of which there are entries from the longest ago. */
    Optional<Log> oldest() {
        return logs("ORDER BY log.number LIMIT 1", Map.of()).stream().findFirst();
    }

    Optional<Log> named(String origin) {
        return logs("WHERE log.origin = :origin", Map.of("origin", origin)).stream()
                .findFirst();
    }

    /** The checkpoints, as signed notes, that first entries of logs name: the last that was kept of a log that ended. */
    List<String> namedByFirstEntries() {
        // The primary keys; there are as many logs as there were restores.
        return jdbc.sql("""
                        SELECT event.details->>'checkpoint' FROM audit_log AS log JOIN audit_event AS event ON event.id = log.first_event
                         WHERE event.details->>'checkpoint' IS NOT NULL
                        """).query(String.class).list();
    }

    Optional<Log> numbered(int number) {
        return logs("WHERE log.number = :number", Map.of("number", number)).stream()
                .findFirst();
    }

    private List<Log> logs(String which, Map<String, ?> values) {
        return jdbc.sql("""
                        SELECT log.number, log.origin, log.first_event, log.minimum_index, last.note,
                               coalesce(last.at <= clock_timestamp() - interval '500 milliseconds', true) AS is_due
                          FROM audit_log AS log
                          LEFT JOIN LATERAL (SELECT note, at FROM audit_checkpoint WHERE log = log.number
                                              ORDER BY size DESC LIMIT 1) AS last ON true
                        """ + which)
                .params(values)
                .query((row, n) -> new Log(
                        row.getInt("number"),
                        row.getString("origin"),
                        row.getObject("first_event", UUID.class),
                        row.getLong("minimum_index"),
                        row.getString("note") == null ? null : signed(row.getString("note")),
                        row.getBoolean("is_due")))
                .list();
    }

    private static Checkpoint signed(String note) {
        return Checkpoint.parse(note).orElseThrow();
    }

    void begin(int number, String origin, @Nullable UUID firstEvent) {
        jdbc.sql("INSERT INTO audit_log (number, origin, first_event) VALUES (:number, :origin, :first)")
                .param("number", number)
                .param("origin", origin)
                .param("first", firstEvent)
                .update();
    }

    void insertCheckpoint(int log, Checkpoint checkpoint) {
        jdbc.sql("INSERT INTO audit_checkpoint (log, size, root, note) VALUES (:log, :size, :root, :note)")
                .param("log", log)
                .param("size", checkpoint.size())
                .param("root", checkpoint.root())
                .param("note", checkpoint.toString())
                .update();
    }

    /** Checkpoints larger than that, the smallest first. */
    List<Checkpoint> checkpoints(int log, long after, int limit) {
        return notes("log = :log AND size > :size ORDER BY size", log, after, limit);
    }

    /** The largest one that has no more entries than that. */
    Optional<Checkpoint> checkpointUpTo(int log, long size) {
        return notes("log = :log AND size <= :size ORDER BY size DESC", log, size, 1).stream()
                .findFirst();
    }

    private List<Checkpoint> notes(String which, int log, long size, int limit) {
        return jdbc
                .sql("SELECT note FROM audit_checkpoint WHERE " + which + " LIMIT :limit")
                .param("log", log)
                .param("size", size)
                .param("limit", limit)
                .query(String.class)
                .list()
                .stream()
                .map(LogTables::signed)
                .toList();
    }

    /** The last checkpoint from before that time. */
    Optional<Checkpoint> checkpointBefore(int log, OffsetDateTime time) {
        return jdbc.sql("SELECT note FROM audit_checkpoint WHERE log = :log AND at <= :time ORDER BY size DESC LIMIT 1")
                .param("log", log)
                .param("time", time)
                .query(String.class)
                .optional()
                .map(LogTables::signed);
    }

    /** One for each so many entries, the last of them, the smallest first; the last one of all is not among them. */
    List<Checkpoint> everySoMany(int log, long after, long size, int entries) {
        return jdbc
                .sql("""
                        SELECT note FROM (SELECT size, note, row_number() OVER (PARTITION BY size / :entries ORDER BY size DESC) AS nth
                                            FROM audit_checkpoint WHERE log = :log AND size > :after AND size < :size) AS each
                         WHERE nth = 1 ORDER BY size
                        """)
                .param("log", log)
                .param("after", after)
                .param("size", size)
                .param("entries", entries)
                .query(String.class)
                .list()
                .stream()
                .map(LogTables::signed)
                .toList();
    }

    LogReader.Lag lag(int log, long place) {
        // The primary keys.
        return jdbc.sql("""
                        SELECT coalesce(sum(greatest(0, last.size - CASE WHEN log.number = :log THEN :place ELSE log.minimum_index END)), 0)
                               AS entries,
                               coalesce(extract(epoch FROM now() - min(next.at)), 0)::float8 AS seconds
                          FROM audit_log AS log
                          JOIN LATERAL (SELECT size FROM audit_checkpoint WHERE log = log.number ORDER BY size DESC LIMIT 1)
                               AS last ON true
                          LEFT JOIN LATERAL (SELECT at FROM audit_checkpoint
                                              WHERE log = log.number AND size > CASE WHEN log.number = :log THEN :place ELSE 0 END
                                              ORDER BY size LIMIT 1) AS next ON true
                         WHERE log.number >= :log
                        """)
                .param("log", log)
                .param("place", place)
                .query((row, n) -> new LogReader.Lag(row.getLong("entries"), Math.max(0, row.getDouble("seconds"))))
                .single();
    }
}
