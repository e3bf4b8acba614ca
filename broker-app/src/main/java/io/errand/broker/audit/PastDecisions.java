package io.errand.broker.audit;

import io.errand.api.AuditEntry;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.web.SortOrder;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The log as a memory of what was decided: events that hold the question which policy was asked. */
@Component
public class PastDecisions {

    private static final String LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff";

    /** How far the replicas' clocks may be off the database's. */
    private static final long CLOCKS_SECONDS = 900;

    /** Events of one agent that are looked at for some kinds of them. */
    private static final int MOST_OF_AN_AGENT = 100_000;

    /** The index audit_event_agent, of the months in which there can be any. */
    static final String OF_AN_AGENT = """
            SELECT id, kind FROM audit_event WHERE agent = :agent AND id >= :first AND at >= :since ORDER BY id DESC LIMIT :most
            """;

    private final JdbcClient jdbc;
    private final AuditLog log;

    PastDecisions(JdbcClient jdbc, AuditLog log) {
        this.jdbc = jdbc;
        this.log = log;
    }

    /** What was told of a decision, oldest first: first how it was made. */
    public List<AuditEntry> of(UUID decision) {
        return log.after(null, new AuditLog.Filter(null, null, decision, null, null, null), 10, SortOrder.ASC);
    }

    /** Those with a question since so long ago, newest first, before that one. */
    public List<AuditEntry> since(Duration ago, @Nullable UUID before, int limit) {
        // The primary key: ids are UUIDv7, and begin with the milliseconds of the clock of who made them.
        return jdbc.sql("""
                        SELECT * FROM audit_event
                         WHERE id >= (lpad(to_hex((extract(epoch FROM now() - make_interval(secs => :ago + :clocks)) * 1000)::bigint),
                                           12, '0') || '00000000000000000000')::uuid
                           AND id < :before::uuid
                           AND at >= now() - make_interval(secs => :ago)
                           AND jsonb_exists(details, 'question')
                         ORDER BY id DESC LIMIT :limit
                        """)
                .param("ago", ago.toSeconds())
                .param("clocks", CLOCKS_SECONDS)
                .param("before", before == null ? LAST : before.toString())
                .param("limit", limit)
                .query((row, n) -> AuditLog.read(row))
                .list();
    }

    /**
     * Events of an agent.
     *
     * @param found newest first
     * @param whole whether there are no others
     */
    public record OfAgent(List<AuditEntry> found, boolean whole) {}

    /** Those of these kinds since then, of the agent's newest events; {@code limit} at most. */
    public OfAgent of(String agent, Set<String> kinds, Instant since, int limit) {
        Map<String, Object> asked = Map.of(
                "agent",
                agent,
                "first",
                Ids.least(since.minusSeconds(CLOCKS_SECONDS)),
                "since",
                OffsetDateTime.ofInstant(since, ZoneOffset.UTC));
        List<AuditEntry> found = jdbc.sql(
                        "SELECT e.* FROM (SELECT id FROM (" + OF_AN_AGENT + ") newest WHERE kind = ANY (:kinds)"
                                + " ORDER BY id DESC LIMIT :limit) chosen JOIN audit_event e ON e.id = chosen.id ORDER BY e.id DESC")
                .params(asked)
                .param("most", MOST_OF_AN_AGENT)
                .param("kinds", kinds.toArray(String[]::new))
                .param("limit", limit)
                .query((row, n) -> AuditLog.read(row))
                .list();
        boolean all = jdbc.sql("SELECT count(*) <= " + MOST_OF_AN_AGENT + " FROM (" + OF_AN_AGENT + ") newest")
                .params(asked)
                .param("most", MOST_OF_AN_AGENT + 1)
                .query(Boolean.class)
                .single();
        return new OfAgent(found, all && found.size() < limit);
    }
}
