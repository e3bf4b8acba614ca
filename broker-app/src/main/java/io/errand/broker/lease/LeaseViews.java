package io.errand.broker.lease;

import io.errand.api.LeaseView;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Leases as callers see them. */
@Component
class LeaseViews {

    private static final String SELECT = """
            SELECT id, task_id, agent, tool, actions, state, created_at, expires_at, irrevocable, reason, receipt
              FROM lease WHERE
            """;

    private final JdbcClient jdbc;

    LeaseViews(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** What a search asks for; null asks for nothing in particular. */
    record Search(
            @Nullable String agent,
            @Nullable UUID task,
            @Nullable String tool,
            @Nullable String state) {}

    Optional<LeaseView> find(UUID lease) {
        return jdbc.sql(SELECT + " id = :id")
                .param("id", lease)
                .query((row, n) -> read(row))
                .optional();
    }

    /** UUIDv7 sorts by time. */
    List<LeaseView> ofTask(UUID task) {
        return jdbc.sql(SELECT + " task_id = :task ORDER BY id")
                .param("task", task)
                .query((row, n) -> read(row))
                .list();
    }

    /** Oldest first. */
    List<LeaseView> ofRevocation(UUID revocation, @Nullable UUID after, int limit) {
        return jdbc.sql(SELECT + """
                         id IN (SELECT lease_id FROM revocation_lease WHERE revocation_id = :revocation
                                   AND (:after::uuid IS NULL OR lease_id > :after::uuid) ORDER BY lease_id LIMIT :limit)
                         ORDER BY id
                        """)
                .param("revocation", revocation)
                .param("after", after == null ? null : after.toString())
                .param("limit", limit)
                .query((row, n) -> read(row))
                .list();
    }

    boolean anyLiveOf(UUID task) {
        return jdbc.sql("SELECT EXISTS (SELECT 1 FROM lease WHERE task_id = :task AND state <> 'revoked')")
                .param("task", task)
                .query(Boolean.class)
                .single();
    }

    /** Newest first. */
    List<LeaseView> search(Search search, @Nullable UUID before, int limit) {
        StringBuilder where = new StringBuilder(" true");
        if (search.agent != null) {
            where.append(" AND agent = :agent");
        }
        if (search.task != null) {
            where.append(" AND task_id = :task");
        }
        if (search.tool != null) {
            where.append(" AND tool = :tool");
        }
        if (search.state != null) {
            where.append(" AND state = :state");
        }
        if (before != null) {
            where.append(" AND id < :before");
        }
        return jdbc.sql(SELECT + where + " ORDER BY id DESC LIMIT :limit")
                .param("agent", search.agent)
                .param("task", search.task)
                .param("tool", search.tool)
                .param("state", search.state)
                .param("before", before)
                .param("limit", limit)
                .query((row, n) -> read(row))
                .list();
    }

    private static LeaseView read(ResultSet row) throws SQLException {
        Array actions = row.getArray("actions");
        return new LeaseView(
                row.getString("id"),
                row.getString("task_id"),
                row.getString("agent"),
                row.getString("tool"),
                List.of((String[]) actions.getArray()),
                row.getString("state"),
                LeaseRows.instant(row, "created_at"),
                LeaseRows.instant(row, "expires_at"),
                row.getBoolean("irrevocable"),
                row.getString("reason"),
                row.getString("receipt"));
    }
}
