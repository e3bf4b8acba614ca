package io.errand.cli;

import io.errand.api.AgentResource;
import io.errand.api.IssuerResource;
import io.errand.api.PolicyResource;
import io.errand.api.TaskTypeResource;
import io.errand.api.ToolResource;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** What can be applied, in the order in which one may speak of another. */
enum Kind {
    ISSUER("Issuer", "issuers", IssuerResource.class),
    TOOL("Tool", "tools", ToolResource.class),
    TASK_TYPE("TaskType", "task-types", TaskTypeResource.class),
    AGENT("Agent", "agents", AgentResource.class),
    POLICY("Policy", "policies", PolicyResource.class);

    private final String label;
    private final String path;
    private final Class<?> shape;

    Kind(String label, String path, Class<?> shape) {
        this.label = label;
        this.path = path;
        this.shape = shape;
    }

    /** As {@code kind} has it. */
    String label() {
        return label;
    }

    /** As the admin API has it. */
    String path() {
        return path;
    }

    Class<?> shape() {
        return shape;
    }

    static Optional<Kind> of(String label) {
        return Arrays.stream(values()).filter(kind -> kind.label.equals(label)).findFirst();
    }

    static String all() {
        return Arrays.stream(values()).map(Kind::label).collect(Collectors.joining(", "));
    }
}
