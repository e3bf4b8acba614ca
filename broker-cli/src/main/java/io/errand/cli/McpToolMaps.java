package io.errand.cli;

import io.errand.api.AuthorizationDetail;
import io.errand.cli.mcp.ToolMap;
import io.errand.cli.mcp.ToolMap.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads {@code --map} and {@code --map-file}. */
final class McpToolMaps {

    private static final String FORM =
            "it is the MCP tool's name and NAME:ACTION, for example query, orders-db:read; or prompt:NAME, resource:URI or"
                    + " method:METHOD and NAME:ACTION.";

    private McpToolMaps() {}

    static ToolMap read(List<String> maps, @Nullable Path file, List<AuthorizationDetail> granted) {
        if (maps.isEmpty() && file == null) {
            try {
                return ToolMap.byName(granted);
            } catch (IllegalArgumentException e) {
                throw CommandFailed.usage(String.valueOf(e.getMessage()));
            }
        }
        Map<String, Target> targets = new LinkedHashMap<>();
        for (String map : maps) {
            int equals = map.lastIndexOf('=');
            put(
                    targets,
                    map.substring(0, Math.max(0, equals)),
                    map.substring(equals + 1),
                    "--map " + map + ": " + FORM);
        }
        if (file != null) {
            read(file, targets);
        }
        targets.forEach((mcpTool, target) -> known(mcpTool, target, granted));
        return ToolMap.of(targets, granted);
    }

    /** An action that the task does not ask for is one that nobody could ever use: a slip, more often than not. */
    private static void known(String mcpTool, Target target, List<AuthorizationDetail> granted) {
        List<String> actions = granted.stream()
                .filter(detail -> detail.identifier().equals(target.tool()))
                .findFirst()
                .map(AuthorizationDetail::actions)
                .orElseThrow(() -> CommandFailed.usage("The map says that " + mcpTool + " is " + target
                        + ", and there is no --tool " + target.tool() + ": leave it out, or ask for it."));
        if (!actions.contains(target.action())) {
            throw CommandFailed.usage("The map says that " + mcpTool + " is " + target + ", and --tool "
                    + target.tool() + " asks for " + String.join(", ", actions)
                    + " only: leave it out, or ask for it.");
        }
    }

    private static void read(Path file, Map<String, Target> targets) {
        if (!Files.isRegularFile(file)) {
            throw new CommandFailed("There is no file " + file + ".");
        }
        List<Mistake> mistakes = new ArrayList<>();
        List<Document> documents = ResourceFiles.documents(file, mistakes);
        if (!mistakes.isEmpty()) {
            throw CommandFailed.usage(mistakes.getFirst().toString());
        }
        for (Document document : documents) {
            for (Map.Entry<String, JsonNode> member : document.content().properties()) {
                put(
                        targets,
                        member.getKey(),
                        member.getValue().isString() ? member.getValue().asString() : "",
                        document.mistake(member.getKey(), FORM).toString());
            }
        }
    }

    private static void put(Map<String, Target> targets, String mcpTool, String target, String fault) {
        int colon = target.indexOf(':');
        if (mcpTool.isEmpty() || colon < 1 || colon == target.length() - 1) {
            throw CommandFailed.usage(fault);
        }
        if (targets.put(mcpTool, new Target(target.substring(0, colon), target.substring(colon + 1))) != null) {
            throw CommandFailed.usage("The MCP tool " + mcpTool + " is mapped twice.");
        }
    }
}
