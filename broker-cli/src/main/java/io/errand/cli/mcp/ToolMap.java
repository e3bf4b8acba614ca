package io.errand.cli.mcp;

import io.errand.api.AuthorizationDetail;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Which action of which Errand tool an MCP server's tool, prompt or resource is, and whether the task was granted it. */
public final class ToolMap {

    /** An action of a tool. */
    public record Target(String tool, String action) {

        @Override
        public String toString() {
            return tool + ":" + action;
        }
    }

    /** What a server has that can be mapped. A name in a map is a tool's unless it begins with the prefix of another kind. */
    enum Kind {
        TOOL(""),
        PROMPT("prompt:"),
        RESOURCE("resource:"),
        METHOD("method:");

        private final String prefix;

        Kind(String prefix) {
            this.prefix = prefix;
        }

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        String property() {
            return "mcp_" + word();
        }
    }

    private final Map<String, Target> targets;
    private final List<AuthorizationDetail> granted;

    private ToolMap(Map<String, Target> targets, List<AuthorizationDetail> granted) {
        this.targets = Map.copyOf(targets);
        this.granted = List.copyOf(granted);
    }

    /**
     * Only these are known.
     *
     * @param targets by the name of a tool; by {@code prompt:} and a name; by {@code resource:} and a URI, or its beginning and
     *     {@code *}; by {@code method:} and a method
     */
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

    Optional<Target> target(Kind kind, String name) {
        String key = kind.prefix + name;
        if (kind == Kind.TOOL && isOfAnotherKind(name)) {
            return Optional.empty();
        }
        Target exact = targets.get(key);
        return exact != null || kind != Kind.RESOURCE ? Optional.ofNullable(exact) : byBeginning(key);
    }

    /** The longest beginning that fits. */
    private Optional<Target> byBeginning(String key) {
        return targets.keySet().stream()
                .filter(known -> known.startsWith(Kind.RESOURCE.prefix)
                        && known.endsWith("*")
                        && key.startsWith(known.substring(0, known.length() - 1)))
                .max(Comparator.comparingInt(String::length))
                .map(targets::get);
    }

    /** Tools are all mapped; prompts and resources are, as soon as one is. */
    boolean isMapped(Kind kind) {
        return kind == Kind.TOOL || targets.keySet().stream().anyMatch(name -> name.startsWith(kind.prefix));
    }

    boolean isShown(Kind kind, String name) {
        return !isMapped(kind) || target(kind, name).filter(this::isGranted).isPresent();
    }

    boolean isShown(String mcpTool) {
        return isShown(Kind.TOOL, mcpTool);
    }

    /** Whether some resource that a template makes may be one that is shown. */
    boolean isTemplateShown(String template) {
        String start = Kind.RESOURCE.prefix + template.replaceFirst("\\{.*", "");
        return !isMapped(Kind.RESOURCE)
                || targets.entrySet().stream()
                        .filter(entry -> entry.getKey().startsWith(Kind.RESOURCE.prefix) && isGranted(entry.getValue()))
                        .map(entry -> entry.getKey().replaceFirst("\\*$", ""))
                        .anyMatch(known -> known.startsWith(start) || start.startsWith(known));
    }

    private static boolean isOfAnotherKind(String name) {
        return Arrays.stream(Kind.values()).anyMatch(kind -> kind != Kind.TOOL && name.startsWith(kind.prefix));
    }

    private boolean isGranted(Target target) {
        return granted.stream()
                .anyMatch(detail -> detail.identifier().equals(target.tool())
                        && detail.actions().contains(target.action()));
    }
}
