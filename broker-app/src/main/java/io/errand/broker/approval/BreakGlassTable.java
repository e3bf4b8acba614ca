package io.errand.broker.approval;

import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** What an exchange sees of break-glass. Read from the table each time: none is remembered past its end (P8). */
@Component
class BreakGlassTable implements BreakGlass {

    private final JdbcClient jdbc;
    private final Audit audit;

    BreakGlassTable(JdbcClient jdbc, Audit audit) {
        this.jdbc = jdbc;
        this.audit = audit;
    }

    @Override
    public Optional<UUID> covering(String agent, @Nullable UUID task, String tool) {
        // Uses the index break_glass_open: one that is active is not reviewed.
        return jdbc.sql("""
                        SELECT id FROM break_glass
                        WHERE agent = :agent AND reviewed_at IS NULL AND ended_at IS NULL AND expires_at > now()
                          AND (task_id IS NULL OR task_id = :task::uuid) AND :tool = ANY (tools)
                        ORDER BY expires_at DESC LIMIT 1
                        """)
                .param("agent", agent)
                .param("task", task)
                .param("tool", tool)
                .query(UUID.class)
                .optional();
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public Optional<Duration> hold(UUID breakGlass) {
        // Whole milliseconds, rounded down, of the same now() that the lease's end is counted from.
        return jdbc.sql("""
                        SELECT floor(extract(epoch FROM expires_at - now()) * 1000)::bigint FROM break_glass
                        WHERE id = :id AND ended_at IS NULL AND expires_at > now() FOR SHARE
                        """)
                .param("id", breakGlass)
                .query(Long.class)
                .optional()
                .map(Duration::ofMillis);
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public void used(Use use) {
        if (use.lease() != null) {
            jdbc.sql("""
                            INSERT INTO break_glass_use (break_glass_id, lease_id) VALUES (:id, :lease)
                            ON CONFLICT DO NOTHING
                            """)
                    .param("id", use.breakGlass())
                    .param("lease", use.lease())
                    .update();
        }
        audit.record(AuditEvent.of("breakglass.used")
                .by("agent:" + use.agent())
                .agent(use.agent())
                .task(use.task())
                .lease(use.lease())
                .decision(use.decision())
                .with("break_glass", use.breakGlass().toString())
                .with("tool", use.tool())
                .with("lifted", use.lifted()));
    }
}
