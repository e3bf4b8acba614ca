package io.errand.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An exception.
 *
 * @param name what policies know it by
 * @param tools empty: at all tools
 * @param state {@code proposed}, {@code active} or {@code ended}
 * @param owner who answers for it
 * @param askedBy who proposed it
 * @param until when it ends by itself
 * @param approvedBy who approved it; absent: nobody yet
 * @param comment of whoever approved it
 * @param endedBy who ended it; {@code broker}, where its time was over
 */
public record ExceptionView(
        String id,
        String name,
        String agent,
        List<String> tools,
        String state,
        String reason,
        String owner,
        String askedBy,
        Instant createdAt,
        Instant until,
        @Nullable String approvedBy,
        @Nullable Instant approvedAt,
        @Nullable String comment,
        @Nullable String endedBy,
        @Nullable Instant endedAt) {}
