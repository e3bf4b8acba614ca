package io.errand.broker.grant;

import io.errand.api.AuthorizationDetail;
import io.errand.broker.tool.Tool;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Access to one tool that is asked for. */
public record RequestedAccess(
        Tool tool,
        List<String> actions,
        @Nullable List<String> datatypes,
        @Nullable List<String> locations) {

    /** The same, to these classes of data alone. */
    RequestedAccess of(List<String> classes) {
        return new RequestedAccess(tool, actions, classes, locations);
    }

    public AuthorizationDetail granted() {
        return new AuthorizationDetail(AuthorizationDetail.TOOL_ACCESS, tool.name(), actions, datatypes, locations);
    }
}
