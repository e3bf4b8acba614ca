package io.errand.cli.mcp;

import io.errand.api.AuthorizationDetail;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which action of which Errand tool an MCP server's tool is, and whether the task was granted it. */
public final class ToolMap {

    /** An action of a tool. */
    public record Target(String tool, String action) {}

    private final Map<String, Target> targets;
    private final List<AuthorizationDetail> granted;

    private ToolMap(Map<String, Target> targets, List<AuthorizationDetail> granted) {
        this.targets = Map.copyOf(targets);
        this.granted = List.copyOf(granted);
    }

    /** Only these MCP tools are known. */
    public static ToolMap of(Map<String, Target> targets, List<AuthorizationDetail> granted) {
        return new ToolMap(targets, granted);
    }

    /**
     * Each action of these is an MCP tool of the same name.
     *
     * @throws IllegalArgumentException if two tools have an action of the same name
     */
    public static ToolMap byName(List<AuthorizationDetail> granted) {
        Map<String, Target> targets = new HashMap<>();
        for (AuthorizationDetail detail : granted) {
            for (String action : detail.actions()) {
                Target other = targets.put(action, new Target(detail.identifier(), action));
                if (other != null) {
                    throw new IllegalArgumentException("Both " + other.tool() + " and " + detail.identifier()
                            + " have the action " + action + "; say by --map which MCP tool is which.");
                }
            }
        }
        return new ToolMap(targets, granted);
    }

    Optional<Target> target(String mcpTool) {
        return Optional.ofNullable(targets.get(mcpTool));
    }

    boolean isShown(String mcpTool) {
        return target(mcpTool).filter(this::isGranted).isPresent();
    }

    private boolean isGranted(Target target) {
        return granted.stream()
                .anyMatch(detail -> detail.identifier().equals(target.tool())
                        && detail.actions().contains(target.action()));
    }
}
