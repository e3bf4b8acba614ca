package io.errand.cli.mcp;

import io.errand.cli.mcp.ToolMap.Kind;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Which requests and notifications of a client's pass without a decision, and which are refused. The page {@code docs/mcp.md} has
 * the same list.
 */
public final class Methods {

    /** What is asked of a server about itself, and what only concerns who listens. */
    private static final Set<String> PASSING = Set.of(
            "initialize",
            "ping",
            "server/discover",
            "subscriptions/listen",
            "logging/setLevel",
            "tools/list",
            "prompts/list",
            "resources/list",
            "resources/templates/list");

    private static final Set<String> NOTIFICATIONS = Set.of(
            "notifications/initialized",
            "notifications/cancelled",
            "notifications/progress",
            "notifications/roots/list_changed",
            "notifications/tasks/status");

    /** What reads of the server's: it passes unless its kind is mapped, or it is refused by name. */
    private static final Set<String> READING = Set.of(
            Subject.PROMPT, Subject.RESOURCE, "resources/subscribe", "resources/unsubscribe", "completion/complete");

    /** About a task that a call through this guard began. */
    private static final Set<String> OF_TASKS =
            Set.of("tasks/get", "tasks/result", "tasks/update", "tasks/cancel", "tasks/list");

    private final ToolMap map;
    private final Set<String> passed;
    private final Set<String> refused;

    /** @throws IllegalArgumentException if a method is named for which there is no such choice */
    public Methods(ToolMap map, Set<String> passed, Set<String> refused) {
        for (String method : passed) {
            if (method.isBlank() || method.equals(Subject.CALL) || OF_TASKS.contains(method)) {
                throw new IllegalArgumentException(
                        "--pass " + method + ": only a method that is not known here can be let pass.");
            }
        }
        for (String method : refused) {
            if (!READING.contains(method)) {
                throw new IllegalArgumentException("--refuse " + method + ": it is one of "
                        + String.join(", ", READING.stream().sorted().toList()) + ".");
            }
        }
        this.map = map;
        this.passed = Set.copyOf(passed);
        this.refused = Set.copyOf(refused);
    }

    /** Whether a notification may go to the server. */
    boolean passes(String notification) {
        return NOTIFICATIONS.contains(notification) || passed.contains(notification);
    }

    /** Why a request is neither passed nor decided about. */
    Optional<Message> refusal(Message request, ServerTasks tasks) {
        String method = request.method();
        if (method.equals(Subject.CALL) || PASSING.contains(method) || passed.contains(method) || isDecided(request)) {
            return Optional.empty();
        }
        if (OF_TASKS.contains(method)) {
            return method.equals("tasks/list")
                            || tasks.isKnown(request.params().path("taskId").stringValue(""))
                    ? Optional.empty()
                    : Optional.of(request.error(Message.INVALID_PARAMS, "No call of this client's began such a task."));
        }
        if (!READING.contains(method)) {
            return Optional.of(request.error(
                    Message.NO_METHOD,
                    "The method " + Names.plain(method)
                            + " is not known to this guard, so it is not passed on (see --pass and --map)."));
        }
        return refused.contains(method) || isOutside(request)
                ? Optional.of(request.denied("Denied: this task has nothing of the kind.", Optional.empty()))
                : Optional.empty();
    }

    /** Whether the map has what this asks for, so that it is decided about. */
    boolean isDecided(Message request) {
        return request.is(Subject.CALL)
                || Subject.of(request, map)
                        .filter(subject ->
                                map.target(subject.kind(), subject.name()).isPresent())
                        .isPresent();
    }

    /** Where one prompt or resource is mapped, there are no others. */
    private boolean isOutside(Message request) {
        JsonNode params = request.params();
        return switch (request.method()) {
            case Subject.PROMPT -> isHidden(Kind.PROMPT, params.path("name"));
            case "completion/complete" ->
                params.path("ref").path("type").stringValue("").equals("ref/prompt")
                        ? isHidden(Kind.PROMPT, params.path("ref").path("name"))
                        : isHidden(Kind.RESOURCE, params.path("ref").path("uri"));
            default -> isHidden(Kind.RESOURCE, params.path("uri"));
        };
    }

    private boolean isHidden(Kind kind, JsonNode name) {
        return !map.isShown(kind, name.stringValue(""));
    }

    /** The member of a message that {@code Mcp-Name} repeats (MCP 2026-07-28, Streamable HTTP, Standard Request Headers). */
    static Optional<String> nameIn(Message message) {
        String member = NAMES.get(message.method());
        return Optional.ofNullable(member)
                .map(name -> message.params().path(name).asString(""));
    }

    private static final Map<String, String> NAMES = Map.of(
            Subject.CALL,
            "name",
            Subject.PROMPT,
            "name",
            Subject.RESOURCE,
            "uri",
            "tasks/get",
            "taskId",
            "tasks/update",
            "taskId",
            "tasks/cancel",
            "taskId");
}
