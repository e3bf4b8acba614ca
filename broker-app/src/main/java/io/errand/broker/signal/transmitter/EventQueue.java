package io.errand.broker.signal.transmitter;

import io.errand.api.Json;
import io.errand.broker.shared.Ids;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;

/** Rows of {@code security_event}: what a stream's receiver has not taken yet, found by the primary key. */
@Component
class EventQueue {

    /** So many wait for a receiver here; what comes after them waits in the audit log. */
    static final int MOST = 10_000;

    private static final TypeReference<Map<String, Object>> CLAIMS = new TypeReference<>() {};

    private final JdbcClient jdbc;

    EventQueue(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * One that waits.
     *
     * @param claims apart from those that each token has
     * @param at when it was written down, which is when its token was issued however often that is sent
     */
    record Waiting(long number, UUID jti, Map<String, Object> claims, Instant at) {}

    boolean isFull(UUID stream) {
        return jdbc.sql(
                                "SELECT count(*) FROM (SELECT 1 FROM security_event WHERE stream = :stream LIMIT :most) AS waiting")
                        .param("stream", stream)
                        .param("most", MOST)
                        .query(Integer.class)
                        .single()
                >= MOST;
    }

    void add(UUID stream, List<Map<String, Object>> claims) {
        if (claims.isEmpty()) {
            return;
        }
        jdbc.sql("""
                        INSERT INTO security_event (stream, jti, claims)
                        SELECT :stream, e.jti, e.claims FROM unnest(:jtis::uuid[], :claims::jsonb[])
                               WITH ORDINALITY AS e(jti, claims, place) ORDER BY e.place
                        """)
                .param("stream", stream)
                .param("jtis", claims.stream().map(one -> Ids.next().toString()).toArray(String[]::new))
                .param(
                        "claims",
                        claims.stream()
                                .map(one -> Json.mapper().writeValueAsString(one))
                                .toArray(String[]::new))
                .update();
    }

    /** The oldest ones. */
    List<Waiting> next(UUID stream, int most) {
        return jdbc.sql("""
                        SELECT number, jti, claims::text AS claims, created_at FROM security_event
                         WHERE stream = :stream ORDER BY number LIMIT :most
                        """)
                .param("stream", stream)
                .param("most", most)
                .query((row, n) -> new Waiting(
                        row.getLong("number"),
                        row.getObject("jti", UUID.class),
                        Json.mapper().readValue(row.getString("claims"), CLAIMS),
                        row.getTimestamp("created_at").toInstant()))
                .list();
    }

    /** @return how many of these there were */
    int taken(UUID stream, Collection<UUID> jtis) {
        // Uses the index security_event_jti.
        return jdbc.sql("DELETE FROM security_event WHERE stream = :stream AND jti = ANY (:jtis::uuid[])")
                .param("stream", stream)
                .param("jtis", jtis.stream().map(UUID::toString).toArray(String[]::new))
                .update();
    }

    /** Of streams that are sent. 0: nothing waits. */
    double secondsOfOldest() {
        return jdbc.sql("""
                        SELECT coalesce(max(greatest(0, extract(epoch FROM now() - (
                                   SELECT created_at FROM security_event WHERE stream = s.id ORDER BY number LIMIT 1)))), 0)::float8
                          FROM security_event_stream AS s WHERE status = 'enabled'
                        """).query(Double.class).single();
    }

    long waiting() {
        return jdbc.sql("SELECT count(*) FROM security_event").query(Long.class).single();
    }
}
