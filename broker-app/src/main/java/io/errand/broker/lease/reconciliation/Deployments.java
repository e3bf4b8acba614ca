package io.errand.broker.lease.reconciliation;

import io.errand.api.DeploymentView;
import io.errand.api.DeploymentView.Doubt;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.credential.Deployment;
import io.errand.broker.lease.LeaseRows;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Which deployment this database is of. If a target has a nonce that it did not write, it is a copy of another database or was
 * restored from a backup: then it destroys nothing and makes nothing until somebody says which of the two it is.
 */
@Component
public class Deployments implements Deployment {

    private static final Logger LOG = LoggerFactory.getLogger(Deployments.class);

    /** What another replica decided is known here so much later. */
    private static final Duration FRESH = Duration.ofSeconds(2);

    /** The reason of leases that belong to the database of which this one is a copy. */
    static final String COPIED = "copied";

    private final JdbcClient jdbc;
    private final Audit audit;
    private final TransactionTemplate transaction;
    private volatile @Nullable State state;

    Deployments(JdbcClient jdbc, Audit audit, TransactionTemplate transaction) {
        this.jdbc = jdbc;
        this.audit = audit;
        this.transaction = transaction;
    }

    private record State(UUID id, boolean doubted, long readAt) {}

    @Override
    public UUID id() {
        return state().id;
    }

    public boolean isDoubted() {
        return state().doubted;
    }

    private State state() {
        State known = state;
        if (known == null || System.nanoTime() - known.readAt > FRESH.toNanos()) {
            known = jdbc.sql("""
                            SELECT id, EXISTS (SELECT FROM deployment_doubt) AS doubted FROM deployment WHERE left_at IS NULL
                            """)
                    .query((row, n) ->
                            new State(row.getObject("id", UUID.class), row.getBoolean("doubted"), System.nanoTime()))
                    .single();
            state = known;
        }
        return known;
    }

    @Override
    public boolean wrote(UUID nonce) {
        return jdbc.sql("SELECT EXISTS (SELECT FROM deployment_nonce WHERE nonce = :nonce)")
                .param("nonce", nonce)
                .query(Boolean.class)
                .single();
    }

    /** A day's are kept: those of a run that another overtook, and of targets that were away meanwhile, the last two. */
    @Override
    public UUID renew(String target) {
        return jdbc.sql("""
                        WITH old AS (
                          DELETE FROM deployment_nonce n
                           WHERE target = :target AND written_at < now() - interval '1 day'
                             AND written_at < (SELECT max(written_at) FROM deployment_nonce
                                                WHERE target = :target AND written_at < now() - interval '1 minute'))
                        INSERT INTO deployment_nonce (target, nonce) VALUES (:target, gen_random_uuid()) RETURNING nonce
                        """).param("target", target).query(UUID.class).single();
    }

    @Override
    public void doubt(String target, UUID nonce) {
        int changed =
                jdbc.sql("""
                        INSERT INTO deployment_doubt (target, nonce) VALUES (:target, :nonce)
                        ON CONFLICT (target) DO UPDATE SET nonce = excluded.nonce
                         WHERE deployment_doubt.nonce <> excluded.nonce
                        """).param("target", target).param("nonce", nonce).update();
        state = null;
        if (changed > 0) {
            LOG.error(
                    "Another database of this deployment writes at the target {}: this one is a copy, or was restored. It destroys"
                            + " and makes nothing until `errand deployment adopt` or `errand deployment new`",
                    target);
        }
    }

    public DeploymentView view() {
        List<Doubt> doubts = jdbc.sql("SELECT target, found_at FROM deployment_doubt ORDER BY target")
                .query((row, n) -> new Doubt(row.getString("target"), LeaseRows.instant(row, "found_at")))
                .list();
        return jdbc.sql("SELECT id, since FROM deployment WHERE left_at IS NULL")
                .query((row, n) -> new DeploymentView(row.getString("id"), LeaseRows.instant(row, "since"), doubts))
                .single();
    }

    /** This database goes on; the other one, if it still runs, will find itself in doubt. False: there is no doubt. */
    public boolean adopt(String who, String reason) {
        return decide(() -> {
            jdbc.sql("""
                            INSERT INTO deployment_nonce (target, nonce) SELECT target, nonce FROM deployment_doubt
                            ON CONFLICT DO NOTHING
                            """).update();
            record("deployment.adopted", who, reason);
        });
    }

    /**
     * This database is another deployment from now on: what stands at the targets is the old one's, and so are the leases that
     * were copied; they are closed here without anything being touched there. False: there is no doubt.
     */
    boolean separate(String who, String reason) {
        return decide(() -> {
            jdbc.sql("UPDATE deployment SET left_at = now() WHERE left_at IS NULL")
                    .update();
            jdbc.sql("INSERT INTO deployment DEFAULT VALUES").update();
            jdbc.sql("DELETE FROM deployment_nonce").update();
            jdbc.sql("""
                            WITH live AS (SELECT id FROM lease WHERE state <> 'revoked' ORDER BY id FOR UPDATE)
                            UPDATE lease SET state = 'revoking', version = version + 1, reason = :reason, due_at = now(),
                                             claimed_until = NULL, revoking_at = coalesce(revoking_at, now())
                              FROM live WHERE lease.id = live.id
                            """).param("reason", COPIED).update();
            record("deployment.separated", who, reason);
        });
    }

    private boolean decide(Runnable decision) {
        boolean doubted = Boolean.TRUE.equals(transaction.execute(status -> {
            if (jdbc.sql("SELECT target FROM deployment_doubt FOR UPDATE")
                    .query(String.class)
                    .list()
                    .isEmpty()) {
                return false;
            }
            decision.run();
            jdbc.sql("DELETE FROM deployment_doubt").update();
            return true;
        }));
        state = null;
        return doubted;
    }

    private void record(String kind, String who, String reason) {
        audit.record(AuditEvent.of(kind)
                .by(who)
                .with("deployment", view().id())
                .with("targets", view().doubts().stream().map(Doubt::target).toList())
                .with("reason", reason));
    }
}
