package io.errand.broker.lease;

import io.errand.api.Json;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.credential.StatusIndex;
import io.errand.broker.credential.ToolBinding;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The lease rows as a queue with a lane for each target: who claims a row works on it alone, until the claim is over. Everything
 * here goes by index {@code lease_lane}.
 */
@Component
public class LeaseQueue {

    /** Before a lease whose outcome could not be recorded is worked on again. */
    private static final Duration AFTER_A_FAULT = Duration.ofSeconds(1);

    private final JdbcClient jdbc;
    private final Audit audit;
    private final TransactionTemplate transaction;
    private final LeaseProperties settings;

    /** Claims of this worker that the database may still hold, although nobody works on them. */
    private final Queue<Lease> unreturned = new ConcurrentLinkedQueue<>();

    LeaseQueue(JdbcClient jdbc, Audit audit, TransactionTemplate transaction, LeaseProperties settings) {
        this.jdbc = jdbc;
        this.audit = audit;
        this.transaction = transaction;
        this.settings = settings;
    }

    /** The earliest row of a target that nobody has claimed; {@code in} is negative if it is due already. */
    public record Due(String backend, String target, Duration in) {}

    /** One row a target, by jumping from each to the next: the cost is that of the targets, not of the leases. */
    public List<Due> lanes() {
        return jdbc.sql("""
                        WITH RECURSIVE lane AS (
                          (SELECT backend, target FROM lease WHERE state <> 'revoked' ORDER BY backend, target LIMIT 1)
                          UNION ALL
                          SELECT next.backend, next.target
                            FROM lane CROSS JOIN LATERAL (
                                 SELECT backend, target FROM lease
                                  WHERE state <> 'revoked' AND (backend, target) > (lane.backend, lane.target)
                                  ORDER BY backend, target LIMIT 1) next)
                        SELECT lane.backend, lane.target, (extract(epoch FROM first.due_at - now()) * 1000)::bigint AS millis
                          FROM lane CROSS JOIN LATERAL (
                               SELECT due_at FROM lease
                                WHERE state <> 'revoked' AND backend = lane.backend AND target = lane.target
                                  AND (claimed_until IS NULL OR claimed_until < now())
                                ORDER BY due_at LIMIT 1) first
                        """)
                .query((row, n) -> new Due(
                        row.getString("backend"), row.getString("target"), Duration.ofMillis(row.getLong("millis"))))
                .list();
    }

    /**
     * Claims due rows of one target. Those whose time is over become REVOKING by the same statement, which is committed before
     * the target is touched: from then on introspection says inactive.
     */
    public List<Lease> claim(String backend, String target, int most) {
        List<Lease> claimed = new ArrayList<>();
        try {
            transaction.executeWithoutResult(status -> claimed.addAll(claimDue(backend, target, most)));
        } catch (RuntimeException e) {
            // Only the answer to the commit may have been lost.
            unreturned.addAll(claimed);
            throw e;
        }
        return claimed;
    }

    private List<Lease> claimDue(String backend, String target, int most) {
        List<Lease> claimed = jdbc.sql("""
                        WITH due AS (
                          SELECT id, state AS was FROM lease
                           WHERE state <> 'revoked' AND backend = :backend AND target = :target AND due_at <= now()
                             AND (claimed_until IS NULL OR claimed_until < now())
                           ORDER BY due_at FOR UPDATE SKIP LOCKED LIMIT :most)
                        UPDATE lease SET claimed_until = now() + make_interval(secs => :claim),
                                         state = 'revoking',
                                         version = version + CASE WHEN was = 'revoking' THEN 0 ELSE 1 END,
                                         reason = CASE was WHEN 'pending' THEN 'pending_timeout'
                                                           WHEN 'active' THEN 'expired' ELSE reason END,
                                         revoking_at = CASE WHEN was = 'revoking' THEN revoking_at ELSE now() END
                          FROM due WHERE lease.id = due.id
                        RETURNING lease.id, version, task_id, agent, tool, backend, binding, reference, was, reason, attempts,
                                  irrevocable, claimed_until, status_index, status_until
                        """)
                .param("claim", LeaseRows.seconds(settings.claimTimeout()))
                .param("backend", backend)
                .param("target", target)
                .param("most", most)
                .query((row, n) -> read(row))
                .list();
        audit.recordAll(claimed.stream()
                .filter(lease -> !lease.was().equals("revoking"))
                .map(lease -> event("lease.revoking", lease).outcome(lease.reason()))
                .toList());
        return claimed;
    }

    /** Gives back rows that were not worked on; they are due as before. */
    public void release(Collection<Lease> leases) {
        release(leases, Duration.ZERO);
    }

    /**
     * Gives back a row whose outcome could not be recorded, once the database answers: {@link #releaseUnreturned}. Without it the
     * row would wait for the end of the claim.
     */
    public void releaseLater(Lease lease) {
        unreturned.add(lease);
    }

    /** Fails, and keeps them, while the database does not answer. */
    public void releaseUnreturned() {
        List<Lease> leases = List.copyOf(unreturned);
        release(leases, AFTER_A_FAULT);
        unreturned.removeAll(leases);
    }

    /** A claim that has run out meanwhile, and may be another worker's, stays. */
    private void release(Collection<Lease> leases, Duration delay) {
        if (leases.isEmpty()) {
            return;
        }
        jdbc.sql("""
                        WITH held AS (
                          SELECT lease.id FROM lease
                            JOIN jsonb_to_recordset(:leases::jsonb) AS mine(id uuid, claimed_until timestamptz)
                              ON lease.id = mine.id AND lease.claimed_until = mine.claimed_until
                           WHERE state <> 'revoked' ORDER BY lease.id FOR UPDATE OF lease)
                        UPDATE lease SET claimed_until = NULL,
                                         due_at = greatest(due_at, now() + make_interval(secs => :delay))
                          FROM held WHERE lease.id = held.id
                        """)
                .param("delay", LeaseRows.seconds(delay))
                .param(
                        "leases",
                        Json.mapper()
                                .writeValueAsString(leases.stream()
                                        .map(lease -> Map.of(
                                                "id",
                                                lease.id(),
                                                "claimed_until",
                                                lease.claimedUntil().toString()))
                                        .toList()))
                .update();
    }

    public static AuditEvent event(String kind, Lease lease) {
        return AuditEvent.of(kind)
                .by(AuditEvent.BROKER)
                .agent(lease.agent())
                .task(lease.task())
                .lease(lease.id())
                .with("tool", lease.tool());
    }

    private static Lease read(ResultSet row) throws SQLException {
        return new Lease(
                row.getObject("id", UUID.class),
                row.getInt("version"),
                row.getObject("task_id", UUID.class),
                row.getString("agent"),
                row.getString("tool"),
                row.getString("backend"),
                Json.mapper().readValue(row.getString("binding"), ToolBinding.class),
                row.getString("reference"),
                row.getString("was"),
                row.getString("reason"),
                row.getInt("attempts"),
                row.getBoolean("irrevocable"),
                row.getObject("claimed_until", OffsetDateTime.class),
                listed(row));
    }

    private static Lease.@Nullable Listed listed(ResultSet row) throws SQLException {
        Integer place = row.getObject("status_index", Integer.class);
        return place == null ? null : new Lease.Listed(new StatusIndex(place), LeaseRows.instant(row, "status_until"));
    }
}
