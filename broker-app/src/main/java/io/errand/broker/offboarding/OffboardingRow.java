package io.errand.broker.offboarding;

import io.errand.api.Json;
import io.errand.api.OffboardingView;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A row of {@code offboarding}. */
record OffboardingRow(
        UUID agentId,
        String agent,
        String owner,
        String who,
        @Nullable String reason,
        UUID revocation,
        int tasks,
        OffboardingView.Open open,
        Instant begunAt,
        @Nullable Instant completedAt,
        @Nullable String report) {

    static OffboardingRow of(ResultSet row, int n) throws SQLException {
        OffsetDateTime completed = row.getObject("completed_at", OffsetDateTime.class);
        return new OffboardingRow(
                row.getObject("agent_id", UUID.class),
                row.getString("agent"),
                row.getString("owner"),
                row.getString("who"),
                row.getString("reason"),
                row.getObject("revocation_id", UUID.class),
                row.getInt("tasks"),
                Json.mapper().readValue(row.getString("open"), OffboardingView.Open.class),
                row.getObject("begun_at", OffsetDateTime.class).toInstant(),
                completed == null ? null : completed.toInstant(),
                row.getString("report"));
    }
}
