package io.errand.cli;

import io.errand.api.ApprovalView;
import io.errand.api.Json;
import io.errand.api.Sha256;
import java.io.PrintWriter;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/** What an approver is asked: every member of it, and the digest of exactly that. */
record Request(ApprovalView approval) {

    static Request read(BrokerClient broker, String id) {
        Request request = new Request(
                broker.get("/admin/v1/approvals/" + BrokerClient.encoded(id)).as(ApprovalView.class));
        if (!digest(request.text()).equals(request.approval.digest())) {
            throw new CommandFailed(
                    "The digest that the broker shows is not that of the request: do not decide on this.");
        }
        return request;
    }

    private String text() {
        return Objects.requireNonNullElse(approval.request(), "");
    }

    /** {@code sha256:} and the SHA-256 of a text in UTF-8. */
    static String digest(String text) {
        return "sha256:" + Sha256.hex(text);
    }

    void print(PrintWriter out) {
        line(out, "state", approval.state());
        line(out, "requester", approval.requester());
        line(out, "expires_at", approval.expiresAt().toString());
        for (ApprovalView.Verdict verdict : approval.verdicts()) {
            line(
                    out,
                    verdict.decision() + " by",
                    verdict.who() + " " + Objects.requireNonNullElse(verdict.comment(), ""));
        }
        out.println();
        members(out, "", Json.mapper().readTree(text()));
        out.println();
        line(out, "digest", approval.digest());
        out.flush();
    }

    /** Leaves with their paths, none left out. */
    static void members(PrintWriter out, String path, JsonNode value) {
        if (value.isObject() && !value.isEmpty()) {
            value.propertyStream()
                    .forEach(member -> members(
                            out, path.isEmpty() ? member.getKey() : path + "." + member.getKey(), member.getValue()));
        } else if (value.isArray() && !value.isEmpty()) {
            for (int i = 0; i < value.size(); i++) {
                members(out, path + "[" + i + "]", value.get(i));
            }
        } else {
            line(out, path, value.isString() ? value.asString() : value.toString());
        }
    }

    private static void line(PrintWriter out, String name, String value) {
        out.println(Table.plain(name) + ": " + Table.plain(value));
    }
}
