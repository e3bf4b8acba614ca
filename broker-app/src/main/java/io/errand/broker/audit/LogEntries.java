package io.errand.broker.audit;

import io.errand.api.AuditEntry;
import io.errand.api.Json;
import io.errand.api.log.AuditLine;
import io.errand.api.log.Tile;
import io.errand.broker.audit.LogTables.Log;
import java.time.OffsetDateTime;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;

/** The transparency log's entries: events that wait for their place, and the lines of those that have one. */
@Component
class LogEntries {

    /** Of a month: it is the same month in every zone that a session may have. */
    private static final int MIDDLE = 15;

    private static final TypeReference<Map<String, String>> SALTS = new TypeReference<>() {};

    private final JdbcClient jdbc;
    private final JdbcTemplate template;

    LogEntries(JdbcClient jdbc, JdbcTemplate template) {
        this.jdbc = jdbc;
        this.template = template;
    }

    boolean isAnythingQueued() {
        return jdbc.sql("SELECT EXISTS (SELECT FROM audit_queue)")
                .query(Boolean.class)
                .single();
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
    void insert(int log, long first, List<AuditEntry> events, List<AuditLine> lines, byte[] hashes) {
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

    /** Entries from one place on to another, of the same bundle, as they stand in bundles. */
    byte[] bundle(int log, long from, long to) {
        return EntryBundle.of(lines(log, from, to));
    }

    /** The lines from one place on to another, which are of the same bundle. */
    List<byte[]> lines(int log, long from, long to) {
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
     * @param log the newest
     * @param month as {@code 2026_11}
     * @return the place from which on there are entries
     */
    long prune(Log log, String month) {
        jdbc.sql("""
                        DELETE FROM audit_leaf
                         WHERE event_id < audit_month_begins(to_date(:month, 'YYYY_MM') + interval '32 days')
                        """).param("month", month).update();
        long first = firstAfter(log, month);
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

    /** The lowest place in the first month after that one in which there are events: there may be none for a year. */
    private long firstAfter(Log log, String month) {
        YearMonth dropped = YearMonth.parse(month.replace('_', '-'));
        YearMonth now = YearMonth.from(
                jdbc.sql("SELECT now()").query(OffsetDateTime.class).single().withOffsetSameInstant(ZoneOffset.UTC));
        for (YearMonth next = dropped.plusMonths(1); !next.isAfter(now); next = next.plusMonths(1)) {
            // The primary key. Only a clock that is off by days has a lower place in a later month.
            Optional<Long> place = jdbc.sql("""
                            SELECT min(place) FROM audit_leaf
                             WHERE log = :log AND event_id >= audit_month_begins(:month::date)
                               AND event_id < audit_month_begins(:after::date)
                            """)
                    .param("log", log.number())
                    .param("month", next.atDay(MIDDLE).toString())
                    .param("after", next.plusMonths(1).atDay(MIDDLE).toString())
                    .query((row, n) -> Optional.ofNullable(row.getObject(1, Long.class)))
                    .single();
            if (place.isPresent()) {
                return place.get();
            }
        }
        return log.size();
    }
}
