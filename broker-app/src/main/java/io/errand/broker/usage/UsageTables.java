package io.errand.broker.usage;

import io.errand.broker.agent.Agent;
import io.errand.broker.shared.Ids;
import java.sql.Array;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What leases, delegations, decisions and observations say of an agent's tasks. Each statement begins with the agent's newest tasks. */
@Component
class UsageTables {

    /** Tasks of one agent that are looked at. */
    static final int MOST_TASKS = 50_000;

    static final int MOST_ROWS = 2_000;

    /** A task lasts a day at most, and ids are as old as the clock of the replica that made them says. */
    private static final Duration LONGEST = Duration.ofDays(2);

    /** The index task_agent. */
    private static final String MINE = """
            WITH mine AS MATERIALIZED (
                SELECT id FROM task WHERE agent = :agent AND agent_id = :id AND id >= :first ORDER BY id DESC LIMIT :most)
            """;

    /** The index lease_task. */
    static final String GRANTED = MINE + """
            SELECT l.tool, l.actions, count(*) AS times, max(l.created_at) AS last
              FROM mine JOIN lease l ON l.task_id = mine.id
             WHERE l.expires_at >= :since GROUP BY l.tool, l.actions ORDER BY times DESC LIMIT :rows
            """;

    /** The index delegation_task. */
    static final String HANDED_ON = MINE + """
            SELECT part ->> 'identifier' AS tool,
                   ARRAY(SELECT jsonb_array_elements_text(part -> 'actions')) AS actions, count(*) AS times, max(d.created_at) AS last
              FROM mine JOIN delegation d ON d.task_id = mine.id, jsonb_array_elements(d.ceiling) AS part
             WHERE d.expires_at >= :since GROUP BY 1, 2 ORDER BY times DESC LIMIT :rows
            """;

    /** The index decision_task. */
    static final String DECIDED = MINE + """
            SELECT d.tool, ARRAY[d.action] AS actions, d.effect = 'permit' AS permitted, count(*) AS times, max(d.at) AS last,
                   max(d.reason) AS reason
              FROM mine JOIN decision d ON d.task_id = mine.id
             WHERE d.at >= :since AND d.tool IS NOT NULL AND d.action IS NOT NULL AND d.effect <> 'defer'
             GROUP BY d.tool, d.action, 3 ORDER BY permitted DESC, times DESC LIMIT :rows
            """;

    /** The indexes lease_task and observation_lease. */
    static final String OBSERVED = MINE + """
            SELECT l.tool, l.actions, count(DISTINCT (o.source, o.session)) AS times, max(o.last_at) AS last
              FROM mine JOIN lease l ON l.task_id = mine.id JOIN observation o ON o.lease_id = l.id
             WHERE o.last_at >= :since AND o.cause IS NULL AND o.what = 'statement'
             GROUP BY l.tool, l.actions ORDER BY times DESC LIMIT :rows
            """;

    private final JdbcClient jdbc;

    UsageTables(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * What some rows have in common.
     *
     * @param permitted false: of a decision that refused
     * @param reason of one of those
     */
    record Counted(
            String tool,
            List<String> actions,
            boolean permitted,
            long times,
            Instant last,
            @Nullable String reason) {}

    Instant now() {
        return jdbc.sql("SELECT now()").query(OffsetDateTime.class).single().toInstant();
    }

    /** Whether it has no more tasks of that time than are looked at. */
    boolean isWhole(Agent agent, Instant since) {
        return jdbc.sql(MINE + "SELECT count(*) <= " + MOST_TASKS + " FROM mine")
                .params(mine(agent, since))
                .param("most", MOST_TASKS + 1)
                .query(Boolean.class)
                .single();
    }

    List<Counted> granted(Agent agent, Instant since) {
        return counted(GRANTED, agent, since);
    }

    List<Counted> handedOn(Agent agent, Instant since) {
        return counted(HANDED_ON, agent, since);
    }

    List<Counted> decided(Agent agent, Instant since) {
        return counted(DECIDED, agent, since);
    }

    List<Counted> observed(Agent agent, Instant since) {
        return counted(OBSERVED, agent, since);
    }

    private List<Counted> counted(String sql, Agent agent, Instant since) {
        boolean decisions = sql.equals(DECIDED);
        return jdbc.sql(sql)
                .params(mine(agent, since))
                .param("most", MOST_TASKS)
                .param("since", OffsetDateTime.ofInstant(since, ZoneOffset.UTC))
                .param("rows", MOST_ROWS)
                .query((row, n) -> new Counted(
                        row.getString("tool"),
                        texts(row.getArray("actions")),
                        !decisions || row.getBoolean("permitted"),
                        row.getLong("times"),
                        row.getObject("last", OffsetDateTime.class).toInstant(),
                        decisions ? row.getString("reason") : null))
                .list();
    }

    private static Map<String, Object> mine(Agent agent, Instant since) {
        UUID first = Ids.least(since.minus(LONGEST));
        return Map.of("agent", agent.name(), "id", agent.id(), "first", first);
    }

    private static List<String> texts(Array array) throws SQLException {
        return List.of((String[]) array.getArray());
    }
}
