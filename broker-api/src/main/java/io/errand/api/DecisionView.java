package io.errand.api;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A past decision explained.
 *
 * @param kind of the audit event, for example {@code exchange.denied}
 * @param reason the true cause of a refusal, a stable name
 * @param question what policy was asked about each tool; absent: it was not asked
 * @param rulings what policy said, one a tool; none if the request did not come so far
 * @param steps the steps of the request in the order in which they were passed, as the audit log has them
 */
public record DecisionView(
        String decision,
        Instant at,
        String kind,
        @Nullable String outcome,
        @Nullable String reason,
        @Nullable String detail,
        @Nullable String agent,
        @Nullable String task,
        @Nullable PolicyQuestion question,
        List<Ruling> rulings,
        List<Map<String, Object>> steps) {

    /** What policy said about one tool. */
    public record Ruling(
            String tool,
            List<String> actions,
            String effect,
            @Nullable String reason,
            List<Policy> policies,
            List<Policy> lifted,
            List<Policy> observed) {}

    /**
     * A policy that determined it.
     *
     * @param id {@code <set>@<version>/<policy id>}
     * @param cedar its text in that version; absent: the version does not have it
     */
    public record Policy(String id, @Nullable String cedar) {}
}
