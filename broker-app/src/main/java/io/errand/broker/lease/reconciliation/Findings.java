package io.errand.broker.lease.reconciliation;

import io.errand.api.FindingView;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.credential.Destruction;
import io.errand.broker.lease.Lease;
import io.errand.broker.lease.LeaseMetrics;
import io.errand.broker.lease.LeaseRows;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.web.SortOrder;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** What reconciliation found: a row and an audit event each, written before anything is done about it. */
@Component
public class Findings {

    private static final int LONGEST_DETAIL = 500;

    /** A cause and the statements of a remedy are of use only whole. */
    private static final int LONGEST_REMEDY = 2000;

    private final JdbcClient jdbc;
    private final Audit audit;
    private final LeaseMetrics metrics;

    Findings(JdbcClient jdbc, Audit audit, LeaseMetrics metrics) {
        this.jdbc = jdbc;
        this.audit = audit;
        this.metrics = metrics;
    }

    /**
     * A run, and who asked for it.
     *
     * @param brief whether what was told in the minutes before, and is as it was, is left out
     */
    record Run(UUID id, String who, boolean brief) {

        Run(UUID id, String who) {
            this(id, who, false);
        }
    }

    /** A finding that is not written yet. */
    record Found(
            String kind,
            String backend,
            String target,
            @Nullable UUID lease,
            @Nullable String reference,
            String action,
            String detail) {}

    @Transactional
    UUID record(Run run, Found found) {
        UUID id = Ids.next();
        if (run.brief && found.action.equals("none") && isTold(found)) {
            return id;
        }
        jdbc.sql("""
                        INSERT INTO finding (id, run_id, kind, backend, target, lease_id, reference, action, detail)
                        VALUES (:id, :run, :kind, :backend, :target, :lease, :reference, :action, :detail)
                        """)
                .param("id", id)
                .param("run", run.id)
                .param("kind", found.kind)
                .param("backend", found.backend)
                .param("target", found.target)
                .param("lease", found.lease)
                .param("reference", found.reference)
                .param("action", found.action)
                .param("detail", capped(found.detail))
                .update();
        audit.record(AuditEvent.of("reconcile.found")
                .by(run.who)
                .lease(found.lease)
                .outcome(found.kind)
                .with("finding", id.toString())
                .with("run", run.id.toString())
                .with("backend", found.backend)
                .with("target", found.target)
                .with("reference", found.reference)
                .with("action", found.action)
                .with("detail", capped(found.detail)));
        metrics.found(found.kind);
        return id;
    }

    /** By index {@code finding_at}. */
    private boolean isTold(Found found) {
        return jdbc.sql("""
                        SELECT EXISTS (SELECT FROM finding
                                        WHERE at > now() - interval '10 minutes' AND kind = :kind AND backend = :backend
                                          AND target = :target AND lease_id IS NOT DISTINCT FROM :lease::uuid)
                        """)
                .param("kind", found.kind)
                .param("backend", found.backend)
                .param("target", found.target)
                .param("lease", found.lease == null ? null : found.lease.toString())
                .query(Boolean.class)
                .single();
    }

    /** What came of it. */
    @Transactional
    void settle(Run run, UUID finding, Found found, String action, String detail) {
        jdbc.sql("UPDATE finding SET action = :action, detail = :detail WHERE id = :id")
                .param("action", action)
                .param("detail", capped(detail))
                .param("id", finding)
                .update();
        audit.record(AuditEvent.of("reconcile." + action)
                .by(run.who)
                .lease(found.lease)
                .outcome(action)
                .with("finding", finding.toString())
                .with("run", run.id.toString())
                .with("backend", found.backend)
                .with("target", found.target)
                .with("reference", found.reference)
                .with("detail", capped(detail)));
    }

    /** In the transaction that makes the lease REVOKED, by the worker: it is of no run. */
    void disabled(Lease lease, Destruction.Disabled disabled) {
        String detail = capped(disabled.cause(), LONGEST_REMEDY) + " A database administrator runs: "
                + capped(disabled.remedy(), LONGEST_REMEDY);
        jdbc.sql("""
                        INSERT INTO finding (id, kind, backend, target, lease_id, reference, action, detail)
                        VALUES (:id, 'disabled', :backend, :target, :lease, :reference, 'none', :detail)
                        """)
                .param("id", Ids.next())
                .param("backend", lease.backend())
                .param("target", lease.toolBinding().target())
                .param("lease", lease.id())
                .param("reference", lease.reference())
                .param("detail", detail)
                .update();
        metrics.found("disabled");
    }

    void resolved(UUID lease, String detail) {
        jdbc.sql(
                        "UPDATE finding SET action = 'destroyed', detail = :detail WHERE lease_id = :lease AND kind = 'disabled'")
                .param("detail", capped(detail))
                .param("lease", lease)
                .update();
    }

    int count(UUID run) {
        return jdbc.sql("SELECT count(*) FROM finding WHERE run_id = :run")
                .param("run", run)
                .query(Integer.class)
                .single();
    }

    List<FindingView> ofRun(UUID run, int most) {
        return page(null, run, null, most, SortOrder.DESC);
    }

    public List<FindingView> page(
            @Nullable String kind, @Nullable UUID run, @Nullable UUID after, int limit, SortOrder order) {
        return jdbc.sql(order.in("""
                        SELECT id, run_id, at, kind, backend, target, lease_id, reference, action, detail FROM finding
                         WHERE (:kind::text IS NULL OR kind = :kind) AND (:run::uuid IS NULL OR run_id = :run::uuid)
                           AND (:after::uuid IS NULL OR id {after} :after::uuid)
                         ORDER BY id {order} LIMIT :limit
                        """))
                .param("kind", kind)
                .param("run", run == null ? null : run.toString())
                .param("after", after == null ? null : after.toString())
                .param("limit", limit)
                .query((row, n) -> read(row))
                .list();
    }

    void forget(double secondsAgo) {
        jdbc.sql("DELETE FROM finding WHERE at < now() - make_interval(secs => :ago)")
                .param("ago", secondsAgo)
                .update();
    }

    private static FindingView read(ResultSet row) throws SQLException {
        return new FindingView(
                row.getString("id"),
                row.getString("run_id"),
                LeaseRows.instant(row, "at"),
                row.getString("kind"),
                row.getString("backend"),
                row.getString("target"),
                row.getString("lease_id"),
                row.getString("reference"),
                row.getString("action"),
                row.getString("detail"));
    }

    private static String capped(String text) {
        return capped(text, LONGEST_DETAIL);
    }

    private static String capped(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most);
    }
}
