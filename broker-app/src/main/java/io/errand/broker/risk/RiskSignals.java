package io.errand.broker.risk;

import io.errand.api.RiskView;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.SortOrder;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** The table {@code risk_signal}. A signal stands until its time is over or somebody clears it; both change the epoch. */
@Component
class RiskSignals implements RiskReports {

    /** All that stand are in the memory of each replica. */
    private static final int MOST = 10_000;

    private static final int BATCH = 200;

    private final JdbcClient jdbc;
    private final Audit audit;
    private final ApplicationEventPublisher events;

    RiskSignals(JdbcClient jdbc, Audit audit, ApplicationEventPublisher events) {
        this.jdbc = jdbc;
        this.audit = audit;
        this.events = events;
    }

    /**
     * One that counts.
     *
     * @param agent null: it is about a session
     * @param root null: it is about an agent
     */
    record Standing(@Nullable String agent, @Nullable UUID root, int points) {

        boolean isAbout(Risks.Access access) {
            return agent == null
                    ? access.root().filter(tree -> tree.equals(root)).isPresent()
                    : access.agents().contains(agent);
        }
    }

    /** What somebody says; either agent or root. */
    record Said(@Nullable String agent, @Nullable UUID root, int points, String reason, Duration ttl, String who) {}

    List<Standing> standing() {
        // Index risk_signal_standing.
        return jdbc.sql("SELECT agent, root, points FROM risk_signal WHERE ended_at IS NULL")
                .query(Standing.class)
                .list();
    }

    @Transactional
    public Result<RiskView> raise(Said said) {
        int standing = jdbc.sql("SELECT count(*) FROM risk_signal WHERE ended_at IS NULL")
                .query(Integer.class)
                .single();
        if (standing >= MOST) {
            return Result.refused(Problem.conflict(MOST + " signals stand, which is the most; clear some first."));
        }
        RiskView view = jdbc.sql("""
                        INSERT INTO risk_signal (id, agent, root, points, reason, who, until)
                        VALUES (:id, :agent, :root, :points, :reason, :who, now() + make_interval(secs => :ttl))
                        RETURNING *
                        """)
                .param("id", Ids.next())
                .param("agent", said.agent())
                .param("root", said.root())
                .param("points", said.points())
                .param("reason", said.reason())
                .param("who", said.who())
                .param("ttl", said.ttl().toSeconds())
                .query(RiskSignals::view)
                .single();
        audit.record(event("risk.raised", view, said.who()));
        events.publishEvent(new RiskRaised(said.agent(), said.root(), said.who()));
        return Result.ok(view);
    }

    @Override
    @Transactional(propagation = Propagation.MANDATORY)
    public boolean tell(Told told) {
        // Index risk_signal_standing.
        List<RiskView> before = jdbc.sql("""
                        UPDATE risk_signal SET ended_at = now(), ended_by = :who
                         WHERE ended_at IS NULL AND who = :who AND agent IS NOT DISTINCT FROM :agent::text
                           AND root IS NOT DISTINCT FROM :root::uuid RETURNING *
                        """)
                .param("who", told.who())
                .param("agent", told.agent())
                .param("root", told.root())
                .query(RiskSignals::view)
                .list();
        before.forEach(view -> audit.record(event("risk.cleared", view, told.who())));
        return told.points() == 0
                || raise(new Said(told.agent(), told.root(), told.points(), told.reason(), told.ttl(), told.who()))
                        instanceof Result.Ok;
    }

    /** False: it does not stand. */
    @Transactional
    public boolean clear(UUID id, String who) {
        Optional<RiskView> cleared = jdbc.sql("""
                        UPDATE risk_signal SET ended_at = now(), ended_by = :who
                         WHERE id = :id AND ended_at IS NULL RETURNING *
                        """)
                .param("id", id)
                .param("who", who)
                .query(RiskSignals::view)
                .optional();
        cleared.ifPresent(view -> audit.record(event("risk.cleared", view, who)));
        return cleared.isPresent();
    }

    Optional<RiskView> find(UUID id) {
        return jdbc.sql("SELECT * FROM risk_signal WHERE id = :id AND ended_at IS NULL")
                .param("id", id)
                .query(RiskSignals::view)
                .optional();
    }

    List<RiskView> list(@Nullable UUID after, int limit, SortOrder order) {
        return jdbc.sql(order.in("""
                        SELECT * FROM risk_signal
                         WHERE ended_at IS NULL AND (:after::uuid IS NULL OR id {after} :after::uuid)
                         ORDER BY id {order} LIMIT :limit
                        """))
                .param("after", after)
                .param("limit", limit)
                .query(RiskSignals::view)
                .list();
    }

    /** Every replica runs it, and each row is ended by one. A signal counts until then: never too short. */
    @Scheduled(fixedDelayString = "${errand.risk.sweep-interval:PT5S}")
    @Transactional
    public void sweep() {
        // Index risk_signal_standing.
        jdbc.sql("""
                        UPDATE risk_signal SET ended_at = now(), ended_by = :broker
                         WHERE id IN (SELECT id FROM risk_signal WHERE ended_at IS NULL AND until <= now()
                                       ORDER BY until LIMIT :limit FOR UPDATE SKIP LOCKED)
                        RETURNING *
                        """)
                .param("broker", AuditEvent.BROKER)
                .param("limit", BATCH)
                .query(RiskSignals::view)
                .list()
                .forEach(view -> audit.record(event("risk.expired", view, AuditEvent.BROKER)));
    }

    private static AuditEvent event(String kind, RiskView view, String who) {
        return AuditEvent.of(kind)
                .by(who)
                .agent(view.scope().get("agent"))
                .with("risk", view.id())
                .with("scope", view.scope())
                .with("points", view.points())
                .with("reason", view.reason())
                .with("expires_at", view.until().toString());
    }

    private static RiskView view(ResultSet row, int n) throws SQLException {
        String agent = row.getString("agent");
        return new RiskView(
                row.getString("id"),
                agent == null ? Map.of("task_tree", row.getString("root")) : Map.of("agent", agent),
                row.getInt("points"),
                row.getString("reason"),
                row.getString("who"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("until", OffsetDateTime.class).toInstant());
    }
}
