package io.errand.broker.audit;

import io.errand.api.AuditEntry;
import io.errand.api.Json;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.web.SortOrder;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;

/**
 * Reads the log, in the order of the events' ids, which is the order of time. A statement says just what is asked, and from when on:
 * the log is partitioned by ids, and months in which there can be nothing are not looked into.
 */
@Component
class AuditLog {

    private static final TypeReference<Map<String, Object>> DETAILS = new TypeReference<>() {};

    /** An event's id may be so much older than what it tells of: a month of the log more to look into. */
    private static final Duration CLOCKS = Duration.ofDays(31);

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
            @Nullable OffsetDateTime since) {

        /** The least id that one of these events can have, whatever the clocks of replicas said. */
        Optional<UUID> first() {
            return Stream.of(
                            Stream.ofNullable(task).map(AuditLog::first),
                            Stream.ofNullable(lease).map(AuditLog::first),
                            Stream.ofNullable(decision).map(AuditLog::first),
                            Stream.ofNullable(since)
                                    .map(time -> Ids.least(time.toInstant().minus(CLOCKS))))
                    .flatMap(found -> found)
                    .max(Comparator.comparingLong(UUID::getMostSignificantBits));
        }
    }

    /** The least id that an event of that task, lease or decision can have. */
    static UUID first(UUID of) {
        return Ids.madeAt(of).map(time -> Ids.least(time.minus(CLOCKS))).orElse(new UUID(0, 0));
    }

    List<AuditEntry> after(@Nullable UUID id, Filter filter, int limit, SortOrder order) {
        Map<String, Object> asked = new LinkedHashMap<>();
        ask(asked, "id {after} ?", id);
        ask(asked, "id >= ?", filter.first().orElse(null));
        ask(asked, "task_id = ?", filter.task());
        ask(asked, "lease_id = ?", filter.lease());
        ask(asked, "decision_id = ?", filter.decision());
        ask(asked, "agent = ?", filter.agent());
        ask(asked, "kind = ?", filter.kind());
        ask(asked, "at >= ?", filter.since());
        String which = asked.isEmpty() ? "" : " WHERE " + String.join(" AND ", asked.keySet());
        return jdbc.sql(order.in("SELECT * FROM audit_event" + which + " ORDER BY id {order} LIMIT ?"))
                .params(List.copyOf(asked.values()))
                .param(limit)
                .query((row, n) -> read(row))
                .list();
    }

    private static void ask(Map<String, Object> asked, String condition, @Nullable Object value) {
        if (value != null) {
            asked.put(condition, value);
        }
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
