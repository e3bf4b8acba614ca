package io.errand.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A task as administrators find it.
 *
 * @param root the task at the top of its tree; itself if it has no parent
 * @param subject for whom: {@code agent:<name>} or {@code person:<issuer>:<sub>}
 * @param authorizationDetails what may be asked for during the task
 * @param state {@code active}, {@code completed}, {@code cancelled} or {@code expired}
 */
public record TaskSummary(
        String id,
        String root,
        @Nullable String parent,
        String agent,
        String subject,
        String type,
        String purpose,
        List<AuthorizationDetail> authorizationDetails,
        String state,
        @Nullable String outcome,
        @Nullable String summary,
        Instant createdAt,
        Instant expiresAt,
        @Nullable Instant endedAt) {}
