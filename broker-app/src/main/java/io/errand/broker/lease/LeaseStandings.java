package io.errand.broker.lease;

import io.errand.broker.audit.AuditEvent;
import io.errand.broker.credential.Backend.Live;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The current state of the leases that a listing of a target named. */
@Component
public class LeaseStandings {

    public static final int PAGE = 1000;

    private final JdbcClient jdbc;

    LeaseStandings(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    public Instant now() {
        return jdbc.sql("SELECT clock_timestamp() AS now")
                .query((row, n) -> LeaseRows.instant(row, "now"))
                .single();
    }

    /** What a row says of a credential that was seen. */
    public enum Standing {
        UNKNOWN,
        LIVE,
        REVOKED_BEFORE,
        /** Revoked as disabled: it is known to be there. */
        DISABLED,
        REVOKED_SINCE
    }

    /**
     * A credential is made after its row was committed (P1), so a row that is missing now was missing when the target was looked
     * at. One that was revoked since then is the worker's, who saw what became of the credential.
     */
    public Map<UUID, Standing> of(Collection<Live> seen, Instant begun) {
        Map<UUID, Standing> standings = new HashMap<>();
        seen.forEach(live -> standings.put(live.lease(), Standing.UNKNOWN));
        jdbc.sql("""
                        SELECT id, state = 'revoked' AS revoked, revoked_at >= :begun AS since,
                               EXISTS (SELECT 1 FROM unresolved_lease u
                                        WHERE u.lease_id = lease.id AND u.resolved_at IS NULL) AS disabled
                          FROM lease WHERE id IN (:ids)
                        """)
                .param("begun", OffsetDateTime.ofInstant(begun, ZoneOffset.UTC))
                .param("ids", seen.stream().map(Live::lease).collect(Collectors.toSet()))
                .query((row, n) -> standings.put(row.getObject("id", UUID.class), standing(row)))
                .list();
        return standings;
    }

    private static Standing standing(ResultSet row) throws SQLException {
        if (!row.getBoolean("revoked")) {
            return Standing.LIVE;
        }
        if (row.getBoolean("disabled")) {
            return Standing.DISABLED;
        }
        return row.getBoolean("since") ? Standing.REVOKED_SINCE : Standing.REVOKED_BEFORE;
    }

    /** An active lease, whose credential was made before the target was looked at. */
    public record Due(UUID id, int version) {}

    /**
     * A page of the leases of a target whose credentials a list must have if they are there. Not those that became active after
     * it was begun, and not those whose end is near: target and broker may differ by a moment about when that is.
     */
    public List<Due> expected(String backend, String target, Instant begun, @Nullable UUID after) {
        return jdbc.sql("""
                        SELECT id, version FROM lease
                         WHERE state = 'active' AND backend = :backend AND target = :target
                           AND coalesce(activated_at, created_at + interval '5 minutes') < :begun
                           AND expires_at > now() + interval '30 seconds'
                           AND (:after::uuid IS NULL OR id > :after::uuid)
                         ORDER BY id LIMIT :page
                        """)
                .param("backend", backend)
                .param("target", target)
                .param("begun", OffsetDateTime.ofInstant(begun, ZoneOffset.UTC))
                .param("after", after == null ? null : after.toString())
                .param("page", PAGE)
                .query((row, n) -> new Due(row.getObject("id", UUID.class), row.getInt("version")))
                .list();
    }

    /** ACTIVE to REVOKING, if nothing has changed since it was read; answers its event. */
    public Optional<AuditEvent> close(Due lease, String reason) {
        return jdbc.sql("""
                        UPDATE lease SET state = 'revoking', version = version + 1, reason = :reason, due_at = now(),
                                         revoking_at = now()
                         WHERE id = :id AND state = 'active' AND version = :version
                        RETURNING agent, task_id, tool
                        """)
                .param("reason", reason)
                .param("id", lease.id)
                .param("version", lease.version)
                .query((row, n) -> AuditEvent.of("lease.revoking")
                        .by(AuditEvent.BROKER)
                        .agent(row.getString("agent"))
                        .task(row.getObject("task_id", UUID.class))
                        .lease(lease.id)
                        .outcome(reason)
                        .with("tool", row.getString("tool")))
                .optional();
    }
}
