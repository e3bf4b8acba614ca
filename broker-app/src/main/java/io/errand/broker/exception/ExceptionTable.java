package io.errand.broker.exception;

import io.errand.api.ExceptionView;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Person;
import io.errand.broker.shared.web.SortOrder;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The table {@code exception}. Every change of it changes the epoch. */
@Component
class ExceptionTable {

    private static final int BATCH = 200;

    /** Far beyond any end that may be asked for, and a time that PostgreSQL knows. */
    private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

    private final JdbcClient jdbc;

    ExceptionTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** One that was approved and has not been ended, of the agent that it was asked for: another of the same name has none. */
    record Standing(String name, String agent, List<String> tools, Instant until) {}

    /** @param identities of whoever asked for it */
    record Row(ExceptionView view, Set<String> identities) {}

    /** What is asked for, its form checked. */
    record Wanted(String name, String agent, List<String> tools, String reason, String owner, Instant until) {}

    List<Standing> standing() {
        // Index exception_open.
        return jdbc.sql("""
                        SELECT e.name, e.agent, e.tools, e.until FROM exception e JOIN agent a ON a.name = e.agent
                         WHERE e.ended_at IS NULL AND e.approved_at IS NOT NULL AND a.created_at <= e.created_at
                        """)
                .query((row, n) -> new Standing(
                        row.getString("name"),
                        row.getString("agent"),
                        List.of((String[]) row.getArray("tools").getArray()),
                        time(row, "until")))
                .list();
    }

    /** Two at once wait for each other. */
    int queuedUp() {
        jdbc.sql("LOCK TABLE exception IN SHARE ROW EXCLUSIVE MODE").update();
        return jdbc.sql("SELECT count(*) FROM exception WHERE ended_at IS NULL")
                .query(Integer.class)
                .single();
    }

    Optional<Row> open(String name, String agent) {
        return jdbc.sql("SELECT * FROM exception WHERE name = :name AND agent = :agent AND ended_at IS NULL")
                .param("name", name)
                .param("agent", agent)
                .query(ExceptionTable::row)
                .optional();
    }

    /** Whether that is after now and not too far away. */
    boolean isAhead(Instant until, Duration most) {
        if (until.isAfter(LAST)) {
            return false;
        }
        return jdbc.sql("SELECT :until > now() AND :until <= now() + make_interval(secs => :most)")
                .param("until", until.atOffset(ZoneOffset.UTC))
                .param("most", most.toSeconds())
                .query(Boolean.class)
                .single();
    }

    Row insert(Wanted wanted, Person who) {
        return jdbc.sql("""
                        INSERT INTO exception (id, name, agent, tools, reason, owner, until, asked_by, asked_identities)
                        VALUES (:id, :name, :agent, :tools::text[], :reason, :owner, :until, :who, :identities::text[])
                        RETURNING *
                        """)
                .param("id", Ids.next())
                .param("name", wanted.name())
                .param("agent", wanted.agent())
                .param("tools", wanted.tools().toArray(String[]::new))
                .param("reason", wanted.reason())
                .param("owner", wanted.owner())
                .param("until", wanted.until().atOffset(ZoneOffset.UTC))
                .param("who", who.name())
                .param("identities", who.identities().toArray(String[]::new))
                .query(ExceptionTable::row)
                .single();
    }

    /** By id, and held until the transaction under way is over. */
    Optional<Row> hold(UUID id) {
        return jdbc.sql("SELECT * FROM exception WHERE id = :id FOR UPDATE")
                .param("id", id)
                .query(ExceptionTable::row)
                .optional();
    }

    Optional<Row> find(UUID id) {
        return jdbc.sql("SELECT * FROM exception WHERE id = :id")
                .param("id", id)
                .query(ExceptionTable::row)
                .optional();
    }

    /** Empty: its time is over, its agent is gone, or somebody was there first. */
    Optional<Row> approve(UUID id, @Nullable String comment, String who) {
        return jdbc.sql("""
                        UPDATE exception SET approved_at = now(), approved_by = :who, comment = :comment
                         WHERE id = :id AND approved_at IS NULL AND ended_at IS NULL AND until > now()
                           AND EXISTS (SELECT 1 FROM agent a
                                        WHERE a.name = exception.agent AND a.created_at <= exception.created_at)
                        RETURNING *
                        """)
                .param("who", who)
                .param("comment", comment)
                .param("id", id)
                .query(ExceptionTable::row)
                .optional();
    }

    Optional<Row> end(UUID id, String who) {
        return jdbc.sql("""
                        UPDATE exception SET ended_at = now(), ended_by = :who WHERE id = :id AND ended_at IS NULL RETURNING *
                        """)
                .param("who", who)
                .param("id", id)
                .query(ExceptionTable::row)
                .optional();
    }

    /** Ends those whose time is over; each is ended by one replica. */
    List<Row> expire(String who) {
        return jdbc.sql("""
                        UPDATE exception SET ended_at = now(), ended_by = :who
                         WHERE id IN (SELECT id FROM exception WHERE ended_at IS NULL AND until <= now()
                                       ORDER BY until LIMIT :limit FOR UPDATE SKIP LOCKED)
                        RETURNING *
                        """)
                .param("who", who)
                .param("limit", BATCH)
                .query(ExceptionTable::row)
                .list();
    }

    /** Marks those of whose end it is time to be reminded; each is marked once. */
    List<Row> due(Duration notice) {
        return jdbc.sql("""
                        UPDATE exception SET reminded_at = now()
                         WHERE id IN (SELECT id FROM exception
                                       WHERE ended_at IS NULL AND reminded_at IS NULL AND approved_at IS NOT NULL
                                         AND until - least(make_interval(secs => :notice), (until - approved_at) / 2) <= now()
                                       LIMIT :limit FOR UPDATE SKIP LOCKED)
                        RETURNING *
                        """)
                .param("notice", notice.toSeconds())
                .param("limit", BATCH)
                .query(ExceptionTable::row)
                .list();
    }

    List<ExceptionView> list(@Nullable UUID after, int limit, SortOrder order) {
        return jdbc
                .sql(order.in("""
                        SELECT * FROM exception
                         WHERE :after::uuid IS NULL OR id {after} :after::uuid ORDER BY id {order} LIMIT :limit
                        """))
                .param("after", after)
                .param("limit", limit)
                .query(ExceptionTable::row)
                .list()
                .stream()
                .map(Row::view)
                .toList();
    }

    private static Row row(ResultSet row, int n) throws SQLException {
        boolean isApproved = row.getObject("approved_at") != null;
        boolean isEnded = row.getObject("ended_at") != null;
        ExceptionView view = new ExceptionView(
                row.getString("id"),
                row.getString("name"),
                row.getString("agent"),
                List.of((String[]) row.getArray("tools").getArray()),
                isEnded ? "ended" : isApproved ? "active" : "proposed",
                row.getString("reason"),
                row.getString("owner"),
                row.getString("asked_by"),
                time(row, "created_at"),
                time(row, "until"),
                row.getString("approved_by"),
                isApproved ? time(row, "approved_at") : null,
                row.getString("comment"),
                row.getString("ended_by"),
                isEnded ? time(row, "ended_at") : null);
        return new Row(view, Set.of((String[]) row.getArray("asked_identities").getArray()));
    }

    private static Instant time(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }
}
