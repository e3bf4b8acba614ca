package io.errand.broker.lease.issue;

import io.errand.broker.database.Sql;
import io.errand.broker.database.SqlPipeline;
import io.errand.broker.database.SqlPipeline.Hold;
import io.errand.broker.lease.Leases.Room;
import io.errand.broker.lease.reconciliation.UnresolvedLeases;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Whether there is room for more leases. Near a cap, those who ask wait for each other and count what is committed, so that no two
 * take the same last place. Far from it nobody waits: an estimate that is two seconds old at most is off by less than what is free.
 */
@Component
class Capacity {

    /** More leases than one agent is granted while an estimate is good. */
    private static final int FAR_FOR_AGENT = 5_000;

    /** More leases than the whole deployment grants while an estimate is good. */
    private static final int FAR_FOR_ALL = 20_000;

    /** More than any agent may have. */
    private static final long UNRESOLVED = 1L << 40;

    private static final long ESTIMATE_NANOS = Duration.ofSeconds(1).toNanos();
    private static final String ALL = "errand leases";

    private final JdbcClient jdbc;
    private final SqlPipeline trips;
    private final CapProperties caps;
    /** One for each agent that may have very many, and one for all. */
    private final ConcurrentHashMap<String, Estimate> estimates = new ConcurrentHashMap<>();

    Capacity(JdbcClient jdbc, SqlPipeline trips, CapProperties caps) {
        this.jdbc = jdbc;
        this.trips = trips;
        this.caps = caps;
    }

    /** @param replaced whether somebody is about to */
    private record Estimate(long live, long atNanos, AtomicBoolean replaced) {

        boolean isFirst() {
            return replaced.compareAndSet(false, true);
        }
    }

    /** @param instead leases that the new ones stand in for; they are on their way out and not counted */
    @Transactional(propagation = Propagation.MANDATORY)
    Room room(String agent, int most, int wanted, List<UUID> instead) {
        if (wanted == 0) {
            return Room.ENOUGH;
        }
        String ofAgent = ALL + " of " + agent;
        if (most <= FAR_FOR_AGENT
                || estimated(ofAgent, countOfAgent(agent, most, List.of())) + wanted + FAR_FOR_AGENT > most) {
            long live = alone(ofAgent, countOfAgent(agent, most, instead));
            if (live + wanted > most) {
                return live >= UNRESOLVED ? Room.AGENT_UNRESOLVED : Room.AGENT_FULL;
            }
        }
        if (caps.maxLive() <= FAR_FOR_ALL
                || estimated(ALL, countOfAll(List.of())) + wanted + FAR_FOR_ALL > caps.maxLive()) {
            if (alone(ALL, countOfAll(instead)) + wanted > caps.maxLive()) {
                return Room.ALL_FULL;
            }
        }
        return Room.ENOUGH;
    }

    /** The count takes its snapshot when the lock is already held. */
    private long alone(String name, Sql count) {
        Sql lock = new Sql("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))", Map.of("name", name));
        return trips.hold(new Hold<>(lock, count, (row, n) -> row.getLong(1), List::getFirst));
    }

    /** One counts anew, and the others go by what was counted last until it has: many leases take long to count. */
    private long estimated(String name, Sql count) {
        Estimate last = estimates.get(name);
        long age = last == null ? 2 * ESTIMATE_NANOS : System.nanoTime() - last.atNanos;
        if (last == null || age >= 2 * ESTIMATE_NANOS || (age >= ESTIMATE_NANOS && last.isFirst())) {
            long live = jdbc.sql(count.text())
                    .params(count.values())
                    .query(Long.class)
                    .single();
            last = new Estimate(live, System.nanoTime(), new AtomicBoolean());
            estimates.put(name, last);
        }
        return last.live;
    }

    /**
     * Uses the indexes lease_live_agent and unresolved_lease_agent, and counts no further than it needs to. Who has too many that
     * could not be removed has more than it may have.
     */
    private static Sql countOfAgent(String agent, int most, List<UUID> instead) {
        return new Sql(
                """
                SELECT (SELECT count(*) FROM (SELECT 1 FROM lease WHERE agent = :agent AND state <> 'revoked'
                                                 AND NOT id = ANY (:instead::uuid[]) LIMIT :most) AS live)
                       + (SELECT CASE WHEN count(*) >= :unresolved THEN :full ELSE 0 END FROM (
                           SELECT 1 FROM unresolved_lease WHERE agent = :agent AND resolved_at IS NULL LIMIT :unresolved) AS left_over)
                """,
                Map.of(
                        "agent", agent,
                        "most", most,
                        "instead", texts(instead),
                        "unresolved", UnresolvedLeases.MOST_OF_AGENT,
                        "full", UNRESOLVED));
    }

    /** From an index alone where there is nothing to leave out: that is the count which is made again and again. */
    private static Sql countOfAll(List<UUID> instead) {
        String live = "SELECT count(*) FROM lease WHERE state <> 'revoked'";
        return instead.isEmpty()
                ? new Sql(live, Map.of())
                : new Sql(live + " AND NOT id = ANY (:instead::uuid[])", Map.of("instead", texts(instead)));
    }

    private static String[] texts(List<UUID> ids) {
        return ids.stream().map(UUID::toString).toArray(String[]::new);
    }
}
