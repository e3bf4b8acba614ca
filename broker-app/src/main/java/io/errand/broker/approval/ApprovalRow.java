package io.errand.broker.approval;

import io.errand.api.ApprovalView;
import io.errand.api.ApprovalView.Need;
import io.errand.api.Json;
import io.errand.broker.approval.Approvals.Approved;
import io.errand.broker.approval.Approvals.Ticket;
import io.errand.broker.audit.AuditEvent;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;

/** One row of the table {@code approval}. */
record ApprovalRow(
        UUID id,
        String agent,
        String owner,
        String issuer,
        String subject,
        @Nullable String person,
        String request,
        String digest,
        List<Need> needs,
        Map<String, Object> asked,
        String state,
        UUID decision,
        @Nullable UUID task,
        @Nullable String askedBy,
        Instant createdAt,
        Instant expiresAt,
        @Nullable Instant endedAt,
        Instant now) {

    /** For {@link #of}; the database says what time it is (P6). */
    static final String COLUMNS = "approval.*, now() AS now";

    private static final TypeReference<List<Need>> NEEDS = new TypeReference<>() {};
    private static final TypeReference<Map<String, Object>> ASKED = new TypeReference<>() {};

    static ApprovalRow of(ResultSet row, int n) throws SQLException {
        return new ApprovalRow(
                row.getObject("id", UUID.class),
                row.getString("agent"),
                row.getString("owner"),
                row.getString("issuer"),
                row.getString("subject"),
                row.getString("person"),
                row.getString("request"),
                row.getString("digest"),
                Json.mapper().readValue(row.getString("needs"), NEEDS),
                Json.mapper().readValue(row.getString("asked"), ASKED),
                row.getString("state"),
                row.getObject("decision_id", UUID.class),
                row.getObject("task_id", UUID.class),
                row.getString("asked_by"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("expires_at", OffsetDateTime.class).toInstant(),
                instant(row, "ended_at"),
                row.getObject("now", OffsetDateTime.class).toInstant());
    }

    static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
        return at == null ? null : at.toInstant();
    }

    boolean isOpen() {
        return state.equals("pending") || state.equals("approved");
    }

    boolean isOver() {
        return isOpen() && !expiresAt.isAfter(now);
    }

    Approved approved() {
        return new Approved(id, digest, needs, asked);
    }

    Ticket ticket(Duration interval) {
        return new Ticket(
                id,
                digest,
                expiresAt,
                Math.max(0, Duration.between(now, expiresAt).toSeconds()),
                interval.toSeconds());
    }

    /** The event of the decision that waits for it. */
    AuditEvent deferred(AuditEvent event, List<Need> needs) {
        return event.outcome("deferred")
                .with("approval", id.toString())
                .with("digest", digest)
                .with("groups", needs.stream().map(Need::group).toList())
                .with("expires_at", expiresAt.toString());
    }

    /** An event about it, with what every such event says. */
    AuditEvent event(String kind) {
        return AuditEvent.of(kind)
                .by(AuditEvent.BROKER)
                .agent(agent)
                .decision(decision)
                .with("approval", id.toString())
                .with("digest", digest);
    }

    ApprovalView view(List<ApprovalView.Verdict> verdicts, boolean whole) {
        return new ApprovalView(
                id.toString(),
                state,
                agent,
                issuer + ":" + subject,
                person,
                digest,
                needs,
                verdicts,
                whole ? request : null,
                task == null ? null : task.toString(),
                createdAt,
                expiresAt,
                endedAt);
    }
}
