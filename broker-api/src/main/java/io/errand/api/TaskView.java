package io.errand.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A task with its leases.
 *
 * @param parent the task that it is part of, by delegation
 * @param state {@code active}, {@code completed}, {@code cancelled} or {@code expired}
 * @param outcome {@code succeeded} or {@code failed}, as the agent reported it on completion
 * @param children what was handed on from it, each in full
 */
public record TaskView(
        String id,
        @Nullable String parent,
        String agent,
        String type,
        String purpose,
        String state,
        @Nullable String outcome,
        @Nullable String summary,
        Instant createdAt,
        Instant expiresAt,
        @Nullable Instant endedAt,
        List<LeaseView> leases,
        List<TaskView> children) {}
