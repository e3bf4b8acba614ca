package io.errand.broker.lease.reconciliation;

import io.errand.api.Json;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.credential.Backend.Remains;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.lease.Lease;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Leases that ended as {@code disabled}: REVOKED, since their credentials cannot be used, and with something left at the target that
 * a person must remove. Reconciliation tries again until nothing is left.
 */
@Component
public class UnresolvedLeases {

    /** An agent that has so many is granted nothing more, so that it cannot fill a catalogue. */
    public static final int MOST_OF_AGENT = 20;

    private static final int LONGEST = 2000;

    private final JdbcClient jdbc;
    private final Findings findings;
    private final Audit audit;

    UnresolvedLeases(JdbcClient jdbc, Findings findings, Audit audit) {
        this.jdbc = jdbc;
        this.findings = findings;
        this.audit = audit;
    }

    /** In the transaction that makes the lease REVOKED. */
    @Transactional(propagation = Propagation.MANDATORY)
    public void add(Lease lease, Destruction.Disabled disabled) {
        jdbc.sql("""
                        INSERT INTO unresolved_lease (lease_id, agent, backend, target, cause, remedy)
                        VALUES (:lease, :agent, :backend, :target, :cause, :remedy)
                        ON CONFLICT (lease_id) DO NOTHING
                        """)
                .param("lease", lease.id())
                .param("agent", lease.agent())
                .param("backend", lease.backend())
                .param("target", lease.toolBinding().target())
                .param("cause", capped(disabled.cause()))
                .param("remedy", capped(disabled.remedy()))
                .update();
        findings.disabled(lease, disabled);
    }

    /** One that is to be tried again. */
    record Unresolved(UUID lease, String agent, UUID task, String tool, Remains remains, String cause, String remedy) {}

    /** Oldest first; index unresolved_lease_target. */
    List<Unresolved> page(String backend, String target, @Nullable UUID after, int limit) {
        return jdbc.sql("""
                        SELECT u.lease_id, u.agent, l.task_id, l.tool, l.binding, l.reference, u.cause, u.remedy
                          FROM unresolved_lease u JOIN lease l ON l.id = u.lease_id
                         WHERE u.resolved_at IS NULL AND u.backend = :backend AND u.target = :target
                           AND (:after::uuid IS NULL OR u.lease_id > :after::uuid)
                         ORDER BY u.lease_id LIMIT :limit
                        """)
                .param("backend", backend)
                .param("target", target)
                .param("after", after == null ? null : after.toString())
                .param("limit", limit)
                .query((row, n) -> read(row))
                .list();
    }

    private static Unresolved read(ResultSet row) throws SQLException {
        UUID lease = row.getObject("lease_id", UUID.class);
        ToolBinding toolBinding = Json.mapper().readValue(row.getString("binding"), ToolBinding.class);
        return new Unresolved(
                lease,
                row.getString("agent"),
                row.getObject("task_id", UUID.class),
                row.getString("tool"),
                new Remains(lease, toolBinding, row.getString("reference")),
                row.getString("cause"),
                row.getString("remedy"));
    }

    /** Nothing is left of it any more: the lease, its finding and the log say so. */
    @Transactional
    void resolve(Findings.Run run, Unresolved one, Destruction.Gone gone) {
        int changed = jdbc.sql(
                        "UPDATE unresolved_lease SET resolved_at = now() WHERE lease_id = :lease AND resolved_at IS NULL")
                .param("lease", one.lease)
                .update();
        if (changed == 1) {
            findings.resolved(one.lease, one.cause + " " + gone.statement());
            audit.record(AuditEvent.of("lease.resolved")
                    .by(run.who())
                    .agent(one.agent)
                    .task(one.task)
                    .lease(one.lease)
                    .outcome("gone")
                    .with("tool", one.tool)
                    .with("run", run.id().toString())
                    .with("evidence", gone.kind())
                    .with("statement", gone.statement())
                    .with("leftovers", gone.facts().get("leftovers")));
        }
    }

    /** Still there, perhaps for another reason. */
    @Transactional
    void still(Unresolved one, Destruction.Disabled disabled) {
        jdbc.sql("""
                        UPDATE unresolved_lease SET cause = :cause, remedy = :remedy
                         WHERE lease_id = :lease AND (cause <> :cause OR remedy <> :remedy)
                        """)
                .param("lease", one.lease)
                .param("cause", capped(disabled.cause()))
                .param("remedy", capped(disabled.remedy()))
                .update();
    }

    private static String capped(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST);
    }
}
