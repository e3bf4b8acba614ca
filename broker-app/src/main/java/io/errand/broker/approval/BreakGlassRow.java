package io.errand.broker.approval;

import static io.errand.broker.approval.ApprovalRow.instant;

import io.errand.api.BreakGlassView;
import io.errand.broker.audit.AuditEvent;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One row of the table {@code break_glass}. */
record BreakGlassRow(
        UUID id,
        String agent,
        @Nullable UUID task,
        List<String> tools,
        String reason,
        String ticket,
        String who,
        List<String> identities,
        Instant createdAt,
        Instant expiresAt,
        @Nullable Instant endedAt,
        @Nullable String endedBy,
        Instant reviewBy,
        @Nullable Instant reviewedAt,
        @Nullable String reviewedBy,
        @Nullable String finding,
        @Nullable String comment,
        Instant now) {

    /** For {@link #of}; the database says what time it is (P6). */
    static final String COLUMNS = "break_glass.*, now() AS now";

    static BreakGlassRow of(ResultSet row, int n) throws SQLException {
        return new BreakGlassRow(
                row.getObject("id", UUID.class),
                row.getString("agent"),
                row.getObject("task_id", UUID.class),
                texts(row, "tools"),
                row.getString("reason"),
                row.getString("ticket"),
                row.getString("who"),
                texts(row, "identities"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("expires_at", OffsetDateTime.class).toInstant(),
                instant(row, "ended_at"),
                row.getString("ended_by"),
                row.getObject("review_by", OffsetDateTime.class).toInstant(),
                instant(row, "reviewed_at"),
                row.getString("reviewed_by"),
                row.getString("finding"),
                row.getString("comment"),
                row.getObject("now", OffsetDateTime.class).toInstant());
    }

    private static List<String> texts(ResultSet row, String column) throws SQLException {
        return Arrays.stream((Object[]) row.getArray(column).getArray())
                .map(String.class::cast)
                .toList();
    }

    boolean isActive() {
        return endedAt == null && expiresAt.isAfter(now);
    }

    /** An event about it, with what every such event says. */
    AuditEvent event(String kind) {
        return AuditEvent.of(kind)
                .by(AuditEvent.BROKER)
                .agent(agent)
                .task(task)
                .with("break_glass", id.toString())
                .with("tools", tools)
                .with("reason", reason)
                .with("ticket", ticket);
    }

    BreakGlassView view(@Nullable List<String> leases) {
        return new BreakGlassView(
                id.toString(),
                agent,
                task == null ? null : task.toString(),
                tools,
                reviewedAt != null ? "reviewed" : isActive() ? "active" : "ended",
                reason,
                ticket,
                who,
                createdAt,
                expiresAt,
                endedAt,
                endedBy,
                reviewBy,
                reviewedAt,
                reviewedBy,
                finding,
                comment,
                leases,
                null);
    }
}
