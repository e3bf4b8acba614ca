package io.errand.broker.audit;

import io.errand.api.AuditEntry;
import io.errand.api.Json;
import io.errand.api.log.AuditLine;
import io.errand.api.log.Checkpoint;
import io.errand.api.log.GrowingTree;
import io.errand.api.log.Tile;
import io.errand.api.log.TileReader;
import java.io.ByteArrayOutputStream;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;

/** The transparency log's tables: what has a place, its hashes, and what was signed of it. */
@Component
class LogTables {

    private static final TypeReference<Map<String, String>> SALTS = new TypeReference<>() {};

    private final JdbcClient jdbc;
    private final JdbcTemplate template;

    LogTables(JdbcClient jdbc, JdbcTemplate template) {
        this.jdbc = jdbc;
        this.template = template;
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

    boolean isAnythingQueued() {
        return jdbc.sql("SELECT EXISTS (SELECT FROM audit_queue)")
                .query(Boolean.class)
                .single();
    }

    /** The one that goes on. */
    Optional<Log> newest() {
        return logs("ORDER BY log.number DESC LIMIT 1", Map.of()).stream().findFirst();
    }

    Optional<Log> named(String origin) {
        return logs("WHERE log.origin = :origin", Map.of("origin", origin)).stream()
                .findFirst();
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

    /**
     * Takes events from the queue, in the order in which they came; whoever takes them gives them their place in the same transaction.
     *
     * @param only null: any
     */
    List<UUID> take(int most, @Nullable UUID only) {
        // The primary key; what others have not committed yet is not seen, and taken when it is.
        record Taken(long n, UUID event) {}
        return jdbc
                .sql("""
                        DELETE FROM audit_queue
                         WHERE n IN (SELECT n FROM audit_queue WHERE :only::uuid IS NULL OR event_id = :only::uuid ORDER BY n LIMIT :most)
                        RETURNING n, event_id
                        """)
                .param("only", only)
                .param("most", most)
                .query((row, n) -> new Taken(row.getLong("n"), row.getObject("event_id", UUID.class)))
                .list()
                .stream()
                .sorted((a, b) -> Long.compare(a.n, b.n))
                .map(Taken::event)
                .toList();
    }

    /** Those of the events that have no place yet, in no order. */
    List<AuditEntry> withoutPlace(List<UUID> ids) {
        return jdbc.sql("""
                        SELECT * FROM audit_event AS event WHERE id = ANY (:ids::uuid[])
                           AND NOT EXISTS (SELECT FROM audit_leaf WHERE event_id = event.id)
                        """)
                .param("ids", texts(ids))
                .query((row, n) -> AuditLog.read(row))
                .list();
    }

    private static String[] texts(List<UUID> ids) {
        return ids.stream().map(UUID::toString).toArray(String[]::new);
    }

    /** Entries that follow each other, of one bundle, and the hashes of their lines. */
    void insertEntries(int log, long first, List<AuditEntry> events, List<AuditLine> lines, byte[] hashes) {
        jdbc.sql("INSERT INTO audit_entries (log, first, hashes, bundle) VALUES (:log, :first, :hashes, :bundle)")
                .param("log", log)
                .param("first", first)
                .param("hashes", hashes)
                .param(
                        "bundle",
                        EntryBundle.of(lines.stream().map(AuditLine::bytes).toList()))
                .update();
        jdbc.sql("""
                        INSERT INTO audit_leaf (event_id, log, place, salts)
                        SELECT leaf.event, :log, :first + leaf.n - 1, leaf.salts
                          FROM unnest(:events::uuid[], :salts::jsonb[]) WITH ORDINALITY AS leaf(event, salts, n)
                        """)
                .param("log", log)
                .param("first", first)
                .param("events", events.stream().map(AuditEntry::id).toArray(String[]::new))
                .param(
                        "salts",
                        lines.stream()
                                .map(line -> line.salts().isEmpty()
                                        ? null
                                        : Json.mapper().writeValueAsString(line.salts()))
                                .toArray(String[]::new))
                .update();
    }

    void insertTile(int log, Tile tile, byte[] hashes) {
        jdbc.sql(
                        "INSERT INTO audit_tile (log, level, index, root, hashes) VALUES (:log, :level, :index, :root, :hashes)")
                .param("log", log)
                .param("level", tile.level())
                .param("index", tile.index())
                .param("root", GrowingTree.rootOf(hashes))
                .param("hashes", hashes)
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

    TileReader tiles(int log) {
        return tile -> tile(log, tile);
    }

    private byte[] tile(int log, Tile tile) {
        return whole(log, tile).orElseGet(() -> edge(log, tile));
    }

    private Optional<byte[]> whole(int log, Tile tile) {
        return jdbc.sql("SELECT hashes FROM audit_tile WHERE log = :log AND level = :level AND index = :index")
                .param("log", log)
                .param("level", tile.level())
                .param("index", tile.index())
                .query((row, n) -> row.getBytes("hashes"))
                .optional()
                .map(hashes -> Arrays.copyOf(hashes, tile.width() * 32));
    }

    private byte[] edge(int log, Tile tile) {
        long from = tile.index() * Tile.WIDTH;
        List<byte[]> parts = (tile.level() == 0
                        ? jdbc.sql(
                                "SELECT hashes FROM audit_entries WHERE log = :log AND first >= :from AND first < :to ORDER BY first")
                        : jdbc.sql("""
                                SELECT root AS hashes FROM audit_tile
                                 WHERE log = :log AND level = :level AND index >= :from AND index < :to ORDER BY index
                                """).param("level", tile.level() - 1))
                .param("log", log)
                .param("from", from)
                .param("to", from + tile.width())
                .query((row, n) -> row.getBytes("hashes"))
                .list();
        ByteArrayOutputStream hashes = new ByteArrayOutputStream();
        parts.forEach(hashes::writeBytes);
        if (hashes.size() < tile.width() * 32) {
            throw new IllegalStateException("The tables of the audit log have no whole tile " + tile.path());
        }
        return Arrays.copyOf(hashes.toByteArray(), tile.width() * 32);
    }

    /** Entries from one place on to another, of the same bundle, as they stand in bundles. */
    byte[] bundle(int log, long from, long to) {
        return EntryBundle.of(entries(log, from, to));
    }

    /** The lines from one place on to another, which are of the same bundle. */
    List<byte[]> entries(int log, long from, long to) {
        List<byte[]> entries = new ArrayList<>();
        long bundle = from / Tile.WIDTH * Tile.WIDTH;
        jdbc.sql(
                        "SELECT first, bundle FROM audit_entries WHERE log = :log AND first >= :bundle AND first < :to ORDER BY first")
                .param("log", log)
                .param("bundle", bundle)
                .param("to", to)
                .query((row, n) -> unbundled(row.getLong("first"), row.getBytes("bundle"), from, to))
                .list()
                .forEach(entries::addAll);
        if (entries.size() != to - from) {
            throw new IllegalStateException(
                    "The tables of the audit log have no entries from place " + from + " to " + (to - 1));
        }
        return entries;
    }

    private static List<byte[]> unbundled(long first, byte[] bundle, long from, long to) {
        List<byte[]> entries = EntryBundle.entries(bundle);
        return entries.subList(Math.clamp(from - first, 0, entries.size()), Math.clamp(to - first, 0, entries.size()));
    }

    /** An event, where it stands, and the salts that are left. */
    record Placed(AuditEntry event, long place, Map<String, String> salts) {}

    /** Those of one log and of a range of places, with what is not in their lines. */
    List<Placed> placed(int log, List<UUID> ids) {
        return template.query(
                """
                SELECT event.*, leaf.place, leaf.salts::text AS leaf_salts
                  FROM audit_leaf AS leaf JOIN audit_event AS event ON event.id = leaf.event_id
                 WHERE leaf.event_id = ANY (?::uuid[]) AND leaf.log = ? ORDER BY leaf.place
                """,
                (row, n) -> new Placed(
                        AuditLog.read(row),
                        row.getLong("place"),
                        row.getString("leaf_salts") == null
                                ? Map.of()
                                : Json.mapper().readValue(row.getString("leaf_salts"), SALTS)),
                texts(ids),
                log);
    }

    /** In which log an event stands, and where. */
    record Place(int log, long place) {}

    Optional<Place> placeOf(UUID event) {
        return jdbc.sql("SELECT log, place FROM audit_leaf WHERE event_id = :event")
                .param("event", event)
                .query((row, n) -> new Place(row.getInt("log"), row.getLong("place")))
                .optional();
    }

    /** The event that says that a lease was seen to be gone. */
    Optional<UUID> endOf(UUID lease) {
        return jdbc.sql(
                        "SELECT id FROM audit_event WHERE lease_id = :lease AND kind = 'lease.revoked' ORDER BY id LIMIT 1")
                .param("lease", lease)
                .query(UUID.class)
                .optional();
    }

    /**
     * Takes away entries of events of a month that was dropped, and of those before it, as far as whole bundles of the newest log have
     * nothing else.
     *
     * @param month as {@code 2026_11}
     * @return the place from which on there are entries
     */
    long prune(String month) {
        Log log = newest().orElseThrow();
        jdbc.sql("""
                        DELETE FROM audit_leaf
                         WHERE event_id < audit_month_begins(to_date(:month, 'YYYY_MM') + interval '32 days')
                        """).param("month", month).update();
        // The primary key: those of the first days that remain. Only a clock that is off by days has a lower place.
        long first = jdbc.sql("""
                        SELECT coalesce(min(place), :size) FROM audit_leaf
                         WHERE log = :log
                           AND event_id < audit_month_begins(to_date(:month, 'YYYY_MM') + interval '64 days')
                        """)
                .param("size", log.size())
                .param("log", log.number())
                .param("month", month)
                .query(Long.class)
                .single();
        long minimum = Math.max(log.minimumIndex(), first / Tile.WIDTH * Tile.WIDTH);
        jdbc.sql("UPDATE audit_log SET minimum_index = :minimum WHERE number = :log")
                .param("minimum", minimum)
                .param("log", log.number())
                .update();
        jdbc.sql("DELETE FROM audit_entries WHERE log = :log AND first < :minimum")
                .param("log", log.number())
                .param("minimum", minimum)
                .update();
        return minimum;
    }
}
