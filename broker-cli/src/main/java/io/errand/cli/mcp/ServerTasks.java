package io.errand.cli.mcp;

import io.errand.client.Decision;
import io.errand.client.Outcome;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Calls that the server works on after it has answered: the tasks of MCP 2025-11-25 and of the extension
 * {@code io.modelcontextprotocol/tasks} of 2026-07-28. What came of the call is what comes of its task.
 */
final class ServerTasks {

    /** The oldest is forgotten; nobody can ask for it any more, and what came of it stays unknown. */
    private static final int MAX_TASKS = 4096;

    private final Outcomes outcomes;
    private final Map<String, Work> known = new BoundedMap<>(MAX_TASKS);

    /** @param decision null once its outcome is told */
    private record Work(@Nullable Decision decision) {}

    ServerTasks(Outcomes outcomes) {
        this.outcomes = outcomes;
    }

    /** The task that a result announces instead of being one: 2026-07-28 has its members in the result, 2025-11-25 in {@code task}. */
    static Optional<String> announcedBy(JsonNode result) {
        JsonNode task = result.path("resultType").stringValue("").equals("task") ? result : result.path("task");
        return Optional.ofNullable(task.path("taskId").stringValue(null));
    }

    synchronized void begin(String id, Decision decision) {
        known.put(id, new Work(decision));
    }

    synchronized boolean isKnown(String id) {
        return known.containsKey(id);
    }

    /** A task as the server shows it: in answer to a question, in a list, or by itself. */
    void shown(JsonNode task) {
        String id = task.path("taskId").stringValue("");
        switch (task.path("status").stringValue("")) {
            case "completed" -> end(id, task.path("result").path("isError").asBoolean(false), null);
            case "failed" -> end(id, true, null);
            case "cancelled" -> end(id, true, "cancelled");
            default -> {}
        }
    }

    /** The answer to {@code tasks/result}, which is the call's. */
    void result(String id, Message answer) {
        if (answer.errorCode() != Message.INVALID_PARAMS) { // which says that there is no such task any more
            end(id, answer.isFailure(), null);
        }
    }

    private synchronized void end(String id, boolean isFailure, @Nullable String detail) {
        Work work = known.get(id);
        if (work != null && work.decision() != null) {
            known.put(id, new Work(null));
            outcomes.report(work.decision(), isFailure ? Outcome.FAILED : Outcome.SUCCEEDED, detail);
        }
    }
}
