package io.errand.api;

import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * What an owner is to look at, and how it was answered last.
 *
 * @param reviewBy after this day it is stopped; absent: no day is set
 * @param overdue whether that day is over
 * @param shown the agent as it is, as canonical JSON (RFC 8785)
 * @param digest {@code sha256:} and the SHA-256 of {@code shown} in UTF-8, in hexadecimal
 * @param last absent: nobody has reviewed it
 */
public record AgentReviewView(
        String agent,
        String owner,
        @Nullable LocalDate reviewBy,
        boolean overdue,
        String shown,
        String digest,
        @Nullable Last last) {

    /**
     * A review.
     *
     * @param digest of what was shown then
     * @param was the day by which it was due; absent: none was set
     */
    public record Last(
            String who,
            String digest,
            @Nullable LocalDate was,
            LocalDate until,
            @Nullable String comment,
            Instant at) {}
}
