package io.errand.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A change of the directory that waited, or waits, for an administrator.
 *
 * @param kind {@code user} or {@code group}
 * @param entry the id of the user or group
 * @param name the user's userName or the group's displayName
 * @param change {@code create}, {@code change} or {@code delete}
 * @param owners who would be gone by it, as agents name them
 * @param state {@code pending}, {@code approved}, {@code rejected}, or {@code superseded}: the entry has changed since
 * @param askedBy {@code directory:} and the id of the bearer
 */
public record DirectoryChangeView(
        String id,
        String kind,
        String entry,
        String name,
        String change,
        List<String> owners,
        String state,
        String askedBy,
        Instant askedAt,
        @Nullable String decidedBy,
        @Nullable Instant decidedAt,
        @Nullable String reason) {}
