package io.errand.broker.console;

import io.errand.api.ApprovalView;
import io.errand.api.Json;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * One row of the list of approvals: enough to choose one to open, not enough to decide it.
 *
 * @param what each tool with its actions
 */
record ApprovalSummary(ApprovalView approval, SanitizedText purpose, SanitizedText what) {

    private static final int LONGEST = 120;

    static List<ApprovalSummary> of(List<ApprovalView> approvals) {
        return approvals.stream().map(ApprovalSummary::of).toList();
    }

    private static ApprovalSummary of(ApprovalView approval) {
        JsonNode request = Json.mapper().readTree(Objects.requireNonNull(approval.request()));
        JsonNode use = request.path("use");
        String what = use.isMissingNode()
                ? request.path("tools").valueStream().map(ApprovalSummary::tool).collect(Collectors.joining("; "))
                : use.path("tool").asString() + ": " + use.path("action").asString();
        return new ApprovalSummary(
                approval, brief(request.path("task").path("purpose").asString()), brief(what));
    }

    private static String tool(JsonNode tool) {
        return tool.path("name").asString() + ": "
                + tool.path("actions").valueStream().map(JsonNode::asString).collect(Collectors.joining(", "));
    }

    private static SanitizedText brief(String text) {
        return SanitizedText.of(
                text.codePointCount(0, text.length()) > LONGEST
                        ? text.substring(0, text.offsetByCodePoints(0, LONGEST)) + " …"
                        : text);
    }
}
