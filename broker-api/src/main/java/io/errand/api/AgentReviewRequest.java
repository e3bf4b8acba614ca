package io.errand.api;

import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * The owner of an agent says that it may go on as it is.
 *
 * @param digest the one that was shown: {@code sha256:} and 64 hexadecimal digits; required
 * @param reviewBy the day by which somebody looks again, after today and at most two years away; required
 * @param comment at most 1024 bytes
 */
public record AgentReviewRequest(
        @Constraint(required = true) @Nullable String digest,
        @Constraint(required = true) @Nullable LocalDate reviewBy,
        @Nullable String comment) {}
