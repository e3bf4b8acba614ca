package io.errand.broker.task;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Whether an agent may have one more task, or hand on one more part of one. Near the cap, those who ask wait for each other and count
 * what is committed; far from it they go by an estimate that is a second old at most.
 */
@Component
class LiveTasks {

    /** More tasks than one agent begins while an estimate is good. */
    private static final int FAR = 5_000;

    private static final long ESTIMATE_NANOS = Duration.ofSeconds(1).toNanos();

    private final JdbcClient jdbc;
    private final TaskProperties settings;
    private final ConcurrentHashMap<UUID, Estimate> estimates = new ConcurrentHashMap<>();

    LiveTasks(JdbcClient jdbc, TaskProperties settings) {
        this.jdbc = jdbc;
        this.settings = settings;
    }

    private record Estimate(long live, long atNanos) {}

    @Transactional(propagation = Propagation.MANDATORY)
    boolean hasRoom(UUID agent) {
        int most = settings.maxLivePerAgent();
        if (most > FAR && estimated(agent) + FAR < most) {
            return true;
        }
        alone("errand tasks of ", agent);
        return live(agent) < most;
    }

    private long estimated(UUID agent) {
        Estimate last = estimates.get(agent);
        if (last == null || System.nanoTime() - last.atNanos >= ESTIMATE_NANOS) {
            last = new Estimate(live(agent), System.nanoTime());
            estimates.put(agent, last);
        }
        return last.live;
    }

    /** Uses the index task_live_of_agent, and counts no further than it needs to. */
    private long live(UUID agent) {
        return jdbc.sql("""
                        SELECT count(*) FROM (SELECT 1 FROM task WHERE agent_id = :agent AND state = 'active'
                                                 AND expires_at > now() LIMIT :most) AS live
                        """)
                .param("agent", agent)
                .param("most", settings.maxLivePerAgent())
                .query(Long.class)
                .single();
    }

    /** Those that its live tasks have handed on and nobody has taken up. Uses the indexes task_live_of_agent and delegation_task. */
    @Transactional(propagation = Propagation.MANDATORY)
    boolean mayHandOn(UUID agent) {
        alone("errand delegations of ", agent);
        return jdbc.sql("""
                        SELECT count(*) FROM delegation d JOIN task t ON t.id = d.task_id
                         WHERE t.agent_id = :agent AND t.state = 'active' AND d.child_id IS NULL AND d.expires_at > now()
                        """).param("agent", agent).query(Long.class).single() < settings.maxDelegationsPerAgent();
    }

    private void alone(String what, UUID agent) {
        jdbc.sql("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
                .param("name", what + agent)
                .query((row, n) -> true)
                .single();
    }
}
