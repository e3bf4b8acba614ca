package io.errand.broker.audit;

import io.errand.api.AuditEntry;
import io.errand.api.Json;
import io.errand.broker.shared.web.SortOrder;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;

/** Reads the log, in the order of the events' ids, which is the order of time. */
@Component
class AuditLog {

    private static final TypeReference<Map<String, Object>> DETAILS = new TypeReference<>() {};

    private final JdbcClient jdbc;

    AuditLog(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** What to look for; null: anything. */
    record Filter(
            @Nullable UUID task,
            @Nullable UUID lease,
            @Nullable UUID decision,
            @Nullable String agent,
            @Nullable String kind,
            @Nullable OffsetDateTime since) {}

    List<AuditEntry> after(@Nullable UUID id, Filter filter, int limit, SortOrder order) {
        return jdbc.sql(order.in("""
                        SELECT * FROM audit_event
                        WHERE (:after::uuid IS NULL OR id {after} :after::uuid)
                          AND (:task::uuid IS NULL OR task_id = :task::uuid)
                          AND (:lease::uuid IS NULL OR lease_id = :lease::uuid)
                          AND (:decision::uuid IS NULL OR decision_id = :decision::uuid)
                          AND (:agent::text IS NULL OR agent = :agent::text)
                          AND (:kind::text IS NULL OR kind = :kind::text)
                          AND (:since::timestamptz IS NULL OR at >= :since::timestamptz)
                        ORDER BY id {order} LIMIT :limit
                        """))
                .param("after", id)
                .param("task", filter.task())
                .param("lease", filter.lease())
                .param("decision", filter.decision())
                .param("agent", filter.agent())
                .param("kind", filter.kind())
                .param("since", filter.since())
                .param("limit", limit)
                .query((row, n) -> read(row))
                .list();
    }

    static AuditEntry read(ResultSet row) throws SQLException {
        return new AuditEntry(
                row.getString("id"),
                row.getObject("at", OffsetDateTime.class).toInstant(),
                row.getString("kind"),
                row.getString("who"),
                row.getString("agent"),
                row.getString("task_id"),
                row.getString("lease_id"),
                row.getString("decision_id"),
                row.getString("outcome"),
                Json.mapper().readValue(row.getString("details"), DETAILS));
    }
}
