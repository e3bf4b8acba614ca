package io.errand.broker.discovery;

import io.errand.api.DiscoveredView;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.web.SortOrder;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** The table {@code discovered}: of each issuer and target a thousand rows at most, and one more for all others. */
@Component
class DiscoveredTable {

    static final String IDENTITY = "identity";
    static final String LOGIN = "login";

    static final int MOST = 1_000;

    /** An identity that was registered since, by whatever way, is not among them. Primary keys of both tables. */
    private static final String UNREGISTERED = """
             (d.kind <> 'identity'
                OR (NOT EXISTS (SELECT FROM agent_identity i WHERE i.issuer = d.place AND i.subject = d.name)
                    AND NOT EXISTS (SELECT FROM agent_identity_prefix p
                                     WHERE p.issuer = d.place AND left(d.name, length(p.prefix)) = p.prefix)))
            """;

    private final JdbcClient jdbc;
    private final Audit audit;

    DiscoveredTable(JdbcClient jdbc, Audit audit) {
        this.jdbc = jdbc;
        this.audit = audit;
    }

    /**
     * What was seen.
     *
     * @param name empty: others, of whom no name is kept
     * @param used whether it has a session now
     */
    record Seen(String name, @Nullable String detail, long times, boolean used) {}

    /** Counts it; the first time it is an event. Where there is no room, what was not seen for 30 days makes some. */
    @Transactional
    public void seen(String kind, String place, Seen seen) {
        if (again(kind, place, seen)) {
            return;
        }
        // One after the other, so that the limit is one.
        jdbc.sql("SELECT pg_advisory_xact_lock(name_key('discovered', :place))")
                .param("place", kind + "/" + place)
                .query((row, n) -> true)
                .single();
        if (again(kind, place, seen)) {
            return;
        }
        if (seen.name().isEmpty() || hasRoom(kind, place)) {
            insert(kind, place, seen);
        } else {
            Seen others = new Seen("", null, seen.times(), false);
            if (!again(kind, place, others)) {
                insert(kind, place, others);
            }
        }
    }

    private boolean again(String kind, String place, Seen seen) {
        return jdbc.sql("""
                                UPDATE discovered
                                   SET times = times + :times, last_at = now(), detail = :detail,
                                       used_at = CASE WHEN :used THEN now() ELSE used_at END
                                 WHERE kind = :kind AND place = :place AND name = :name
                                """)
                        .param("times", seen.times())
                        .param("detail", seen.detail(), Types.VARCHAR)
                        .param("used", seen.used())
                        .param("kind", kind)
                        .param("place", place)
                        .param("name", seen.name())
                        .update()
                == 1;
    }

    /** Uses the index discovered_last. */
    private boolean hasRoom(String kind, String place) {
        int there = jdbc.sql("SELECT count(*) FROM discovered WHERE kind = :kind AND place = :place AND name <> ''")
                .param("kind", kind)
                .param("place", place)
                .query(Integer.class)
                .single();
        return there < MOST
                || jdbc.sql("""
                                DELETE FROM discovered WHERE id = (
                                    SELECT id FROM discovered
                                     WHERE kind = :kind AND place = :place AND name <> '' AND state = 'new'
                                       AND last_at < now() - interval '30 days' ORDER BY last_at LIMIT 1)
                                """).param("kind", kind).param("place", place).update() == 1;
    }

    private void insert(String kind, String place, Seen seen) {
        UUID id = Ids.next();
        jdbc.sql("""
                        INSERT INTO discovered (id, kind, place, name, detail, times, used_at)
                        VALUES (:id, :kind, :place, :name, :detail, :times, CASE WHEN :used THEN now() END)
                        """)
                .param("id", id)
                .param("kind", kind)
                .param("place", place)
                .param("name", seen.name())
                .param("detail", seen.detail(), Types.VARCHAR)
                .param("times", seen.times())
                .param("used", seen.used())
                .update();
        audit.record(event("discovery.found", id, kind, place, seen.name()).by(AuditEvent.BROKER));
    }

    private static AuditEvent event(String what, UUID id, String kind, String place, String name) {
        boolean identity = kind.equals(IDENTITY);
        return AuditEvent.of(what)
                .with("discovered", id.toString())
                .with(identity ? "issuer" : "target", place)
                .with(identity ? "subject" : "login", name);
    }

    /** Logins that were not there when it was looked last. */
    void gone(String target, Instant before) {
        jdbc.sql("DELETE FROM discovered WHERE kind = 'login' AND place = :target AND last_at < :before")
                .param("target", target)
                .param("before", OffsetDateTime.ofInstant(before, ZoneOffset.UTC))
                .update();
    }

    Instant now() {
        return jdbc.sql("SELECT clock_timestamp()")
                .query(OffsetDateTime.class)
                .single()
                .toInstant();
    }

    /** Which of these are ids of leases. */
    List<UUID> leases(List<UUID> ids) {
        return jdbc.sql("SELECT id FROM lease WHERE id = ANY (:ids::uuid[])")
                .param("ids", ids.stream().map(UUID::toString).toArray(String[]::new))
                .query(UUID.class)
                .list();
    }

    Optional<DiscoveredView> find(UUID id) {
        return jdbc.sql("SELECT d.* FROM discovered d WHERE d.id = :id AND" + UNREGISTERED)
                .param("id", id)
                .query(DiscoveredTable::view)
                .optional();
    }

    /** Whether it was not said by then. */
    @Transactional
    public boolean say(DiscoveredView view, String state, String who, @Nullable String comment) {
        boolean said = jdbc.sql("""
                                UPDATE discovered SET state = :state, said_by = :who, said_at = now(), comment = :comment
                                 WHERE id = :id AND state <> :state
                                """)
                        .param("state", state)
                        .param("who", who)
                        .param("comment", comment, Types.VARCHAR)
                        .param("id", UUID.fromString(view.id()))
                        .update()
                == 1;
        if (said) {
            audit.record(event(
                            state.equals("ignored") ? "discovery.ignored" : "discovery.registered",
                            UUID.fromString(view.id()),
                            view.kind(),
                            view.place(),
                            view.name())
                    .by(who)
                    .with("comment", comment));
        }
        return said;
    }

    List<DiscoveredView> list(
            @Nullable String kind, @Nullable String state, @Nullable UUID after, int rows, SortOrder order) {
        return jdbc.sql(order.in("SELECT d.* FROM discovered d WHERE" + UNREGISTERED + """
                           AND (:kind::text IS NULL OR d.kind = :kind) AND (:state::text IS NULL OR d.state = :state)
                           AND (:after::uuid IS NULL OR d.id {after} :after)
                         ORDER BY d.id {order} LIMIT :rows
                        """))
                .param("kind", kind)
                .param("state", state)
                .param("after", after)
                .param("rows", rows)
                .query(DiscoveredTable::view)
                .list();
    }

    private static DiscoveredView view(ResultSet row, int n) throws SQLException {
        return new DiscoveredView(
                row.getString("id"),
                row.getString("kind"),
                row.getString("place"),
                row.getString("name"),
                row.getString("detail"),
                row.getObject("first_at", OffsetDateTime.class).toInstant(),
                row.getObject("last_at", OffsetDateTime.class).toInstant(),
                row.getLong("times"),
                instant(row.getObject("used_at", OffsetDateTime.class)),
                row.getString("state"),
                row.getString("said_by"),
                instant(row.getObject("said_at", OffsetDateTime.class)),
                row.getString("comment"));
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime at) {
        return at == null ? null : at.toInstant();
    }
}
