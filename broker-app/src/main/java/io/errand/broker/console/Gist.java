package io.errand.broker.console;

import io.errand.api.ApprovalView;
import io.errand.api.Json;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * A line of a list: enough to know which approval to open, and not enough to decide it.
 *
 * @param what each tool with its actions
 */
record Gist(ApprovalView approval, Visible purpose, Visible what) {

    private static final int LONGEST = 120;

    static List<Gist> of(List<ApprovalView> approvals) {
        return approvals.stream().map(Gist::of).toList();
    }

    private static Gist of(ApprovalView approval) {
        JsonNode request = Json.mapper().readTree(Objects.requireNonNull(approval.request()));
        JsonNode use = request.path("use");
        String what = use.isMissingNode()
                ? request.path("tools").valueStream().map(Gist::tool).collect(Collectors.joining("; "))
                : use.path("tool").asString() + ": " + use.path("action").asString();
        return new Gist(approval, brief(request.path("task").path("purpose").asString()), brief(what));
    }

    private static String tool(JsonNode tool) {
        return tool.path("name").asString() + ": "
                + tool.path("actions").valueStream().map(JsonNode::asString).collect(Collectors.joining(", "));
    }

    private static Visible brief(String text) {
        return Visible.of(
                text.codePointCount(0, text.length()) > LONGEST
                        ? text.substring(0, text.offsetByCodePoints(0, LONGEST)) + " …"
                        : text);
    }
}
