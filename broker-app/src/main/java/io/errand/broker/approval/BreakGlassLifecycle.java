package io.errand.broker.approval;

import io.errand.api.BreakGlassView;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Person;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.SortOrder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** A break-glass from its activation to its closed review. */
@Component
class BreakGlassLifecycle {

    private final JdbcClient jdbc;
    private final Audit audit;
    private final ApplicationEventPublisher events;
    private final BreakGlassProperties settings;

    BreakGlassLifecycle(JdbcClient jdbc, Audit audit, ApplicationEventPublisher events, BreakGlassProperties settings) {
        this.jdbc = jdbc;
        this.audit = audit;
        this.events = events;
        this.settings = settings;
    }

    /** What an operator asks for, its form checked. */
    record Wanted(String agent, @Nullable UUID task, List<String> tools, String reason, String ticket, Duration ttl) {}

    @Transactional
    Result<BreakGlassView> activate(Wanted wanted, Person who) {
        // Two at once: the second waits here for the first one's commit, and sees it.
        jdbc.sql("SELECT pg_advisory_xact_lock(hashtextextended('break_glass/' || :agent, 0))")
                .param("agent", wanted.agent())
                .query((row, n) -> true)
                .single();
        Optional<UUID> open = open(wanted);
        if (open.isPresent()) {
            return refuse(
                    "activate",
                    who,
                    new Problem(
                            HttpStatus.CONFLICT,
                            "review-open",
                            "The last break-glass for this scope is not reviewed: end it, and have somebody else review it.",
                            Map.of("break_glass", open.get().toString())));
        }
        BreakGlassRow row = jdbc.sql("""
                        INSERT INTO break_glass (id, agent, task_id, tools, reason, ticket, who, identities, expires_at, review_by)
                        VALUES (:id, :agent, :task::uuid, :tools::text[], :reason, :ticket, :who, :identities::text[],
                                now() + make_interval(secs => :ttl), now() + make_interval(secs => :review))
                        RETURNING %s
                        """.formatted(BreakGlassRow.COLUMNS))
                .param("id", Ids.next())
                .param("agent", wanted.agent())
                .param("task", wanted.task())
                .param("tools", wanted.tools().toArray(String[]::new))
                .param("reason", wanted.reason())
                .param("ticket", wanted.ticket())
                .param("who", who.name())
                .param("identities", who.identities().toArray(String[]::new))
                .param("ttl", wanted.ttl().toSeconds())
                .param("review", settings.reviewWithin().toSeconds())
                .query(BreakGlassRow::of)
                .single();
        audit.record(row.event("breakglass.activated")
                .by(who.name())
                .with("expires_at", row.expiresAt().toString())
                .with("review_by", row.reviewBy().toString()));
        return Result.ok(row.view(List.of()));
    }

    /** A scope that an unreviewed one touches: a task is part of its agent. */
    private Optional<UUID> open(Wanted wanted) {
        // Uses the index break_glass_open.
        return jdbc.sql("""
                        SELECT id FROM break_glass
                        WHERE agent = :agent AND reviewed_at IS NULL
                          AND (task_id IS NULL OR :task::uuid IS NULL OR task_id = :task::uuid)
                        ORDER BY id LIMIT 1
                        """)
                .param("agent", wanted.agent())
                .param("task", wanted.task())
                .query(UUID.class)
                .optional();
    }

    /** Before its time; empty: there is none that is active. What was granted under it is revoked in the same transaction. */
    @Transactional
    Optional<BreakGlassView> end(UUID id, Person who) {
        return ended("id = :id AND expires_at > now()", id, who.name()).map(row -> {
            List<UUID> leases = leases(id);
            audit.record(row.event("breakglass.ended")
                    .by(who.name())
                    .outcome("ended")
                    .with("leases", leases.stream().map(UUID::toString).toList()));
            events.publishEvent(new BreakGlass.Ended(id, leases, who.name()));
            return row.view(leases.stream().map(UUID::toString).toList());
        });
    }

    private Optional<BreakGlassRow> ended(String which, UUID id, String who) {
        return jdbc.sql("UPDATE break_glass SET ended_at = now(), ended_by = :who WHERE ended_at IS NULL AND " + which
                        + " RETURNING " + BreakGlassRow.COLUMNS)
                .param("id", id)
                .param("who", who)
                .query(BreakGlassRow::of)
                .optional();
    }

    @Transactional
    Result<BreakGlassView> review(UUID id, String finding, String comment, Person who) {
        Optional<BreakGlassRow> found = row(id, " FOR UPDATE");
        if (found.isEmpty()) {
            return Result.refused(Problem.notFound("There is no such break-glass."));
        }
        BreakGlassRow row = found.get();
        if (row.who().equals(who.name()) || row.identities().stream().anyMatch(who.identities()::contains)) {
            return refuse(
                    "review",
                    who,
                    new Problem(
                            HttpStatus.FORBIDDEN,
                            "own-break-glass",
                            "You activated this one: somebody else must review it.",
                            Map.of("break_glass", id.toString())));
        }
        if (row.isActive() || row.reviewedAt() != null) {
            return refuse(
                    "review",
                    who,
                    Problem.conflict(
                                    row.isActive()
                                            ? "It is still active: end it first, so that the review sees all of it."
                                            : "It is reviewed already.")
                            .with("break_glass", id.toString()));
        }
        jdbc.sql("""
                        UPDATE break_glass SET reviewed_at = now(), reviewed_by = :who, finding = :finding, comment = :comment,
                               ended_at = coalesce(ended_at, expires_at), ended_by = coalesce(ended_by, :broker)
                        WHERE id = :id
                        """)
                .param("who", who.name())
                .param("finding", finding)
                .param("comment", comment)
                .param("broker", AuditEvent.BROKER)
                .param("id", id)
                .update();
        if (row.endedAt() == null) {
            audit.record(row.event("breakglass.ended").outcome("expired"));
        }
        audit.record(
                row.event("breakglass.reviewed").by(who.name()).outcome(finding).with("comment", comment));
        return Result.ok(find(id).orElseThrow());
    }

    /** A refusal has one effect, its event (P4). */
    private Result<BreakGlassView> refuse(String what, Person who, Problem problem) {
        audit.record(AuditEvent.of("breakglass.refused")
                .by(who.name())
                .outcome("refused")
                .with("what", what)
                .with("reason", problem.type())
                .with("break_glass", problem.members().get("break_glass")));
        return Result.refused(problem);
    }

    Optional<BreakGlassView> find(UUID id) {
        return row(id, "")
                .map(row -> row.view(leases(id).stream().map(UUID::toString).toList()));
    }

    private Optional<BreakGlassRow> row(UUID id, String lock) {
        return jdbc.sql("SELECT " + BreakGlassRow.COLUMNS + " FROM break_glass WHERE id = :id" + lock)
                .param("id", id)
                .query(BreakGlassRow::of)
                .optional();
    }

    List<BreakGlassView> list(@Nullable UUID after, int limit, SortOrder order) {
        return jdbc
                .sql(order.in("""
                        SELECT %s FROM break_glass WHERE (:after::uuid IS NULL OR id {after} :after::uuid)
                        ORDER BY id {order} LIMIT :limit
                        """.formatted(BreakGlassRow.COLUMNS)))
                .param("after", after)
                .param("limit", limit)
                .query(BreakGlassRow::of)
                .list()
                .stream()
                .map(row -> row.view(null))
                .toList();
    }

    private List<UUID> leases(UUID id) {
        return jdbc.sql("SELECT lease_id FROM break_glass_use WHERE break_glass_id = :id ORDER BY lease_id")
                .param("id", id)
                .query(UUID.class)
                .list();
    }
}
