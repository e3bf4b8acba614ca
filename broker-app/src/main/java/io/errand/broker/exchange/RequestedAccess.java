package io.errand.broker.exchange;

import io.errand.api.AuthorizationDetail;
import io.errand.broker.tool.Tool;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Access to one tool that is asked for. */
record RequestedAccess(
        Tool tool,
        List<String> actions,
        @Nullable List<String> datatypes,
        @Nullable List<String> locations) {

    AuthorizationDetail granted() {
        return new AuthorizationDetail(AuthorizationDetail.TOOL_ACCESS, tool.name(), actions, datatypes, locations);
    }
}
