package io.errand.broker.agent;

import io.errand.api.AgentHistoryEntry;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.web.SortOrder;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The table {@code agent_history}, written in the transaction of each change. */
@Component
class AgentHistory {

    private final JdbcClient jdbc;

    AgentHistory(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Who did it, and why; no reason: by a PUT of the whole resource. */
    record By(String who, @Nullable String reason) {}

    /** What the history calls it. */
    static String change(String kind) {
        return kind.substring(kind.indexOf('.') + 1);
    }

    /** @param kind of the audit event beside it */
    UUID record(Agent agent, String kind, @Nullable String before, @Nullable String after, By by) {
        return record(agent.id(), agent.name(), kind, before, after, by);
    }

    UUID record(UUID agent, String name, String kind, @Nullable String before, @Nullable String after, By by) {
        UUID id = Ids.next();
        jdbc.sql("""
                        INSERT INTO agent_history (id, agent_id, agent, change, before, after, who, reason)
                        VALUES (:id, :agent_id, :agent, :change, :before, :after, :who, :reason)
                        """)
                .param("id", id)
                .param("agent_id", agent)
                .param("agent", name)
                .param("change", change(kind))
                .param("before", before)
                .param("after", after)
                .param("who", by.who())
                .param("reason", by.reason())
                .update();
        return id;
    }

    AgentHistoryEntry get(UUID id) {
        return jdbc.sql("SELECT * FROM agent_history WHERE id = :id")
                .param("id", id)
                .query(AgentHistory::entry)
                .single();
    }

    /** By the index agent_history_agent. */
    List<AgentHistoryEntry> list(String agent, @Nullable UUID after, int limit, SortOrder order) {
        return jdbc.sql(order.in("""
                        SELECT * FROM agent_history
                         WHERE agent = :agent AND (:after::uuid IS NULL OR id {after} :after::uuid) ORDER BY id {order} LIMIT :limit
                        """))
                .param("agent", agent)
                .param("after", after == null ? null : after.toString())
                .param("limit", limit)
                .query(AgentHistory::entry)
                .list();
    }

    private static AgentHistoryEntry entry(ResultSet row, int n) throws SQLException {
        return new AgentHistoryEntry(
                row.getString("id"),
                row.getString("agent"),
                row.getString("change"),
                row.getString("before"),
                row.getString("after"),
                row.getString("who"),
                row.getString("reason"),
                row.getObject("at", OffsetDateTime.class).toInstant(),
                null);
    }
}
