package io.errand.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a task wants to do with one tool (RFC 9396 §2).
 *
 * @param type always {@code tool_access}
 * @param identifier the tool's name
 * @param actions at least one of the tool's actions, at most 64, each once
 * @param datatypes the tool's data types that will be touched; absent means all
 * @param locations where, out of the tool's own {@code locations}; absent means all
 */
public record AuthorizationDetail(
        String type,
        String identifier,
        List<String> actions,
        @Nullable List<String> datatypes,
        @Nullable List<String> locations) {

    /** The one {@code type} that Errand knows. */
    public static final String TOOL_ACCESS = "tool_access";

    /** Access to a whole tool, whatever its data types and locations. */
    public static AuthorizationDetail of(String tool, List<String> actions) {
        return new AuthorizationDetail(TOOL_ACCESS, tool, actions, null, null);
    }
}
