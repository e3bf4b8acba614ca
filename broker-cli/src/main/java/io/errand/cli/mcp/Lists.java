package io.errand.cli.mcp;

import io.errand.cli.mcp.ToolMap.Kind;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A server's lists as a client gets to see them: without what the task may not use. */
final class Lists {

    private static final int MOST_NAMED = 4096;

    private final ToolMap map;
    private final ServerTasks tasks;
    private final Toolchain toolchain;
    private final Consumer<String> note;
    private final Set<String> named = new HashSet<>();

    Lists(ToolMap map, ServerTasks tasks, Toolchain toolchain, Consumer<String> note) {
        this.map = map;
        this.tasks = tasks;
        this.toolchain = toolchain;
        this.note = note;
    }

    static boolean isList(String method) {
        return switch (method) {
            case "tools/list", "prompts/list", "resources/list", "resources/templates/list", "tasks/list" -> true;
            default -> false;
        };
    }

    /**
     * @param method that this answers
     * @param cursor by which it was asked for; empty: by none
     */
    Message shown(String method, String cursor, Message answer) {
        switch (method) {
            case "tools/list" -> {
                toolchain.page(cursor, answer.result());
                tell(answer);
                keep(answer, "tools", tool -> map.isShown(name(tool)));
            }
            case "prompts/list" -> keep(answer, "prompts", prompt -> map.isShown(Kind.PROMPT, name(prompt)));
            case "resources/list" ->
                keep(
                        answer,
                        "resources",
                        one -> map.isShown(Kind.RESOURCE, one.path("uri").asString("")));
            case "resources/templates/list" ->
                keep(
                        answer,
                        "resourceTemplates",
                        one -> map.isTemplateShown(one.path("uriTemplate").asString("")));
            case "tasks/list" -> {
                answer.result().path("tasks").forEach(tasks::shown);
                keep(answer, "tasks", task -> tasks.isKnown(task.path("taskId").asString("")));
            }
            default -> {}
        }
        return answer;
    }

    private static String name(JsonNode item) {
        return item.path("name").asString("");
    }

    private static void keep(Message answer, String member, Predicate<JsonNode> isShown) {
        if (!(answer.result() instanceof ObjectNode result) || !(result.path(member) instanceof ArrayNode list)) {
            return;
        }
        List<JsonNode> kept = list.values().stream().filter(isShown).toList();
        if (kept.size() == list.size()) {
            return;
        }
        list.removeAll();
        list.addAll(kept);
        if (result.has("cacheScope")) {
            result.put("cacheScope", "private"); // nobody else's list is cut like this one (MCP 2026-07-28, Caching)
        }
    }

    /** Who runs this may wonder where a tool is. */
    private synchronized void tell(Message answer) {
        Set<String> hidden = new TreeSet<>();
        answer.result().path("tools").values().stream()
                .map(Lists::name)
                .filter(tool -> !map.isShown(tool))
                .filter(tool -> named.size() < MOST_NAMED && named.add(tool))
                .forEach(hidden::add);
        if (!hidden.isEmpty()) {
            note.accept("not shown, because no --map names them as an action of this task: " + Names.plain(hidden));
        }
    }
}
