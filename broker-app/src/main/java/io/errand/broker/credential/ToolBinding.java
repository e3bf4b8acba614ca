package io.errand.broker.credential;

import java.util.List;
import java.util.Map;

/**
 * How a tool is bound to its backend.
 *
 * @param tool the tool's name
 * @param actions the tool's actions
 * @param config the tool's {@code config}; it holds no secret
 */
public record ToolBinding(String tool, List<String> actions, Map<String, Object> config) {

    /** The member of {@code config} that names a target, where a backend has several. */
    public static final String TARGET = "target";

    /** The member of {@code config} that names the target at which the broker itself ends what others make. */
    public static final String OBSERVE = "observe";

    /** Which of the backend's targets; empty where it has only one. What fails together has one name. */
    public String target() {
        return config.get(TARGET) instanceof String text ? text : observed();
    }

    /** Where the broker itself ends what the backend has made elsewhere; empty: nowhere. */
    public String observed() {
        return config.get(OBSERVE) instanceof String text ? text : "";
    }
}
