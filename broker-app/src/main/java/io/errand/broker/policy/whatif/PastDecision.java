package io.errand.broker.policy.whatif;

import io.errand.api.AuditEntry;
import io.errand.api.Json;
import io.errand.api.PolicyQuestion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What policy was asked and said in a decision, as its audit event keeps it.
 *
 * @param asked what its questions have in common; null: the event is older than this record, or policy was not asked
 * @param agentVersion of the agent's row then; 0: not known
 */
record PastDecision(@Nullable PolicyQuestion asked, long agentVersion, List<Said> rulings) {

    /** What it said about one tool. */
    record Said(
            String tool,
            long toolVersion,
            String action,
            List<String> actions,
            String effect,
            @Nullable String reason,
            List<String> policies,
            List<String> lifted,
            List<String> observed) {}

    static PastDecision of(AuditEntry event) {
        Map<String, Object> details = event.details();
        Object question = details.get("question");
        List<Said> rulings = new ArrayList<>();
        if (details.get("steps") instanceof List<?> steps) {
            for (Object step : steps) {
                if (step instanceof Map<?, ?> found && "policy".equals(found.get("step"))) {
                    rulings.add(said(found));
                }
            }
        }
        return new PastDecision(
                question == null ? null : Json.mapper().convertValue(question, PolicyQuestion.class),
                number(details.get("agent_version")),
                rulings);
    }

    private static Said said(Map<?, ?> step) {
        return new Said(
                text(step.get("tool"), ""),
                number(step.get("tool_version")),
                text(step.get("action"), "issue"),
                texts(step.get("actions")),
                text(step.get("effect"), ""),
                step.get("reason") instanceof String reason ? reason : null,
                texts(step.get("policies")),
                texts(step.get("lifted")),
                texts(step.get("observed")));
    }

    private static String text(@Nullable Object value, String otherwise) {
        return value instanceof String text ? text : otherwise;
    }

    private static long number(@Nullable Object value) {
        return value instanceof Number number ? number.longValue() : 0;
    }

    private static List<String> texts(@Nullable Object value) {
        return value instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
    }
}
