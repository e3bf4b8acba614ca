package io.errand.broker.lease;

import io.errand.api.Json;
import io.errand.broker.credential.Binding;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The lease rows as a queue: who claims a row works on it alone, until the claim is over. */
@Component
class LeaseQueue {

    private static final String COLUMNS =
            "id, version, task_id, agent, tool, backend, binding, reference, state, reason, attempts, irrevocable";

    private final JdbcClient jdbc;
    private final LeaseProperties settings;

    LeaseQueue(JdbcClient jdbc, LeaseProperties settings) {
        this.jdbc = jdbc;
        this.settings = settings;
    }

    /** Due rows of one backend, by index {@code lease_due_backend}. */
    List<Lease> claim(String backend, int most) {
        return jdbc.sql("""
                        UPDATE lease SET claimed_until = now() + make_interval(secs => :claim)
                         WHERE id IN (
                           SELECT id FROM lease
                            WHERE state <> 'revoked' AND backend = :backend AND due_at <= now()
                              AND (claimed_until IS NULL OR claimed_until < now())
                            ORDER BY due_at FOR UPDATE SKIP LOCKED LIMIT :most)
                        RETURNING
                        """ + COLUMNS)
                .param("claim", LeaseRows.seconds(settings.claimTimeout()))
                .param("backend", backend)
                .param("most", most)
                .query((row, n) -> read(row))
                .list();
    }

    /** Due rows of backends that this service has not, by index {@code lease_due}. */
    List<Lease> claimOthers(Collection<String> backends, int most) {
        return jdbc.sql("""
                        UPDATE lease SET claimed_until = now() + make_interval(secs => :claim)
                         WHERE id IN (
                           SELECT id FROM lease
                            WHERE state <> 'revoked' AND backend NOT IN (:backends) AND due_at <= now()
                              AND (claimed_until IS NULL OR claimed_until < now())
                            ORDER BY due_at FOR UPDATE SKIP LOCKED LIMIT :most)
                        RETURNING
                        """ + COLUMNS)
                .param("claim", LeaseRows.seconds(settings.claimTimeout()))
                .param("backends", backends)
                .param("most", most)
                .query((row, n) -> read(row))
                .list();
    }

    /** How long until a row of these backends is due; negative if one is. */
    Optional<Duration> untilNext(Collection<String> backends) {
        return jdbc.sql("""
                        SELECT (extract(epoch FROM min(due_at) - now()) * 1000)::bigint FROM lease
                         WHERE state <> 'revoked' AND backend IN (:backends)
                           AND (claimed_until IS NULL OR claimed_until < now())
                        """)
                .param("backends", backends)
                .query(Long.class)
                .optional()
                .map(Duration::ofMillis);
    }

    private static Lease read(ResultSet row) throws SQLException {
        Lease.Facts facts = new Lease.Facts(
                row.getObject("id", UUID.class),
                row.getInt("version"),
                row.getObject("task_id", UUID.class),
                row.getString("agent"),
                row.getString("tool"),
                row.getString("backend"),
                Json.mapper().readValue(row.getString("binding"), Binding.class),
                row.getString("reference"));
        String state = row.getString("state");
        return switch (state) {
            case "pending" -> new Lease.Pending(facts);
            case "active" -> new Lease.Active(facts);
            case "revoking" ->
                new Lease.Revoking(
                        facts, row.getString("reason"), row.getInt("attempts"), row.getBoolean("irrevocable"));
            default -> throw new IllegalStateException("A lease cannot be '" + state + "'");
        };
    }
}
