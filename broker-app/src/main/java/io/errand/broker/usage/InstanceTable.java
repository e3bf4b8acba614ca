package io.errand.broker.usage;

import io.errand.api.AgentInstance;
import io.errand.api.AgentInstances;
import io.errand.broker.agent.Agent;
import java.time.OffsetDateTime;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Which workloads of an agent have tasks: one that is registered by a prefix may be thousands. */
@Component
class InstanceTable {

    private static final int MOST = 1_000;
    private static final int MOST_TASKS = 50_000;

    /** The index task_live_of_agent. People whom it acts for are of issuers that are not its own. */
    static final String LIVE = """
            WITH live AS MATERIALIZED (
                SELECT identities, created_at FROM task WHERE agent_id = :id AND state = 'active' LIMIT :most)
            SELECT split_part(shown, ':', 1) AS issuer, substr(shown, strpos(shown, ':') + 1) AS subject, count(*) AS tasks,
                   min(created_at) AS first, max(created_at) AS last, (SELECT count(*) FROM live) AS looked
              FROM live CROSS JOIN LATERAL (SELECT DISTINCT unnest(identities) AS shown) each
             WHERE split_part(shown, ':', 1) IN (SELECT issuer FROM agent_identity WHERE agent_id = :id
                                                 UNION SELECT issuer FROM agent_identity_prefix WHERE agent_id = :id)
             GROUP BY shown ORDER BY last DESC, shown LIMIT :rows
            """;

    private final JdbcClient jdbc;

    InstanceTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    private record Row(AgentInstance instance, long looked) {}

    AgentInstances of(Agent agent) {
        List<Row> rows = jdbc.sql(LIVE)
                .param("id", agent.id())
                .param("most", MOST_TASKS + 1)
                .param("rows", MOST + 1)
                .query((row, n) -> new Row(
                        new AgentInstance(
                                row.getString("issuer"),
                                row.getString("subject"),
                                row.getLong("tasks"),
                                row.getObject("first", OffsetDateTime.class).toInstant(),
                                row.getObject("last", OffsetDateTime.class).toInstant()),
                        row.getLong("looked")))
                .list();
        return new AgentInstances(
                agent.name(),
                rows.stream().limit(MOST).map(Row::instance).toList(),
                rows.size() > MOST || rows.stream().anyMatch(row -> row.looked() > MOST_TASKS));
    }
}
