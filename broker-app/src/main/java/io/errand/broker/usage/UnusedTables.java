package io.errand.broker.usage;

import io.errand.api.UnusedView;
import io.errand.broker.policy.PastRequests;
import io.errand.broker.shared.Ids;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** What is registered since before a time and was not used in it. */
@Component
class UnusedTables {

    private static final int MOST = 1_000;
    /** How far the clocks of replicas, which make ids, may be off. */
    private static final Duration CLOCKS = Duration.ofMinutes(15);

    /** The index task_agent: one look an agent. */
    static final String AGENTS = """
            SELECT a.name, a.owner, a.state, newest.id AS last FROM agent a
              LEFT JOIN LATERAL (SELECT t.id FROM task t WHERE t.agent = a.name ORDER BY t.id DESC LIMIT 1) newest ON true
             WHERE a.created_at < :since AND a.state <> 'retired' AND (newest.id IS NULL OR newest.id < :first)
             ORDER BY a.name LIMIT :rows
            """;

    /** The index lease_of_tool: one look a tool. Probes (io.errand.broker.probe) are no use of it. */
    static final String TOOLS = """
            SELECT t.name, t.backend, newest.id AS last FROM tool t
              LEFT JOIN LATERAL (SELECT l.id FROM lease l WHERE l.tool = t.name AND l.agent <> 'errand:probe'
                                   ORDER BY l.id DESC LIMIT 1) newest ON true
             WHERE t.created_at < :since AND (newest.id IS NULL OR newest.id < :first)
             ORDER BY t.name LIMIT :rows
            """;

    private final JdbcClient jdbc;
    private final PastRequests past;

    UnusedTables(JdbcClient jdbc, PastRequests past) {
        this.jdbc = jdbc;
        this.past = past;
    }

    @Transactional(readOnly = true)
    public UnusedView since(Duration ago) {
        Instant since = jdbc.sql("SELECT now()")
                .query(OffsetDateTime.class)
                .single()
                .toInstant()
                .minus(ago);
        List<UnusedView.Agent> agents = asked(AGENTS, since)
                .query((row, n) -> new UnusedView.Agent(
                        row.getString("name"),
                        row.getString("owner"),
                        row.getString("state"),
                        madeAt(row.getObject("last", UUID.class))))
                .list();
        List<UnusedView.Tool> tools = asked(TOOLS, since)
                .query((row, n) -> new UnusedView.Tool(
                        row.getString("name"), row.getString("backend"), madeAt(row.getObject("last", UUID.class))))
                .list();
        PastRequests.Idle idle = past.idle(since, MOST + 1);
        return new UnusedView(
                since,
                first(agents),
                first(tools),
                first(idle.policies().stream()
                        .map(policy -> new UnusedView.Policy(policy.id(), policy.effect()))
                        .toList()),
                idle.decisions(),
                idle.truncated()
                        || agents.size() > MOST
                        || tools.size() > MOST
                        || idle.policies().size() > MOST);
    }

    private JdbcClient.StatementSpec asked(String sql, Instant since) {
        return jdbc.sql(sql)
                .param("since", OffsetDateTime.ofInstant(since, ZoneOffset.UTC))
                .param("first", Ids.least(since.minus(CLOCKS)))
                .param("rows", MOST + 1);
    }

    private static <T> List<T> first(List<T> all) {
        return all.subList(0, Math.min(MOST, all.size()));
    }

    private static @Nullable Instant madeAt(@Nullable UUID id) {
        return id == null ? null : Ids.madeAt(id).orElse(null);
    }
}
