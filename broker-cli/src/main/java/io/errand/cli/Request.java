package io.errand.cli;

import io.errand.api.Json;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import tools.jackson.databind.JsonNode;

/** What an approver is asked: every member of it, and the digest of exactly that. */
record Request(JsonNode approval) {

    static Request read(BrokerClient broker, String id) {
        BrokerClient.Answer answer =
                broker.get("/admin/v1/approvals/" + BrokerClient.encoded(id)).orFail();
        Request request = new Request(answer.body());
        if (!request.digest().equals(request.computed())) {
            throw new CommandFailed(
                    "The digest that the broker shows is not that of the request: do not decide on this.");
        }
        return request;
    }

    String digest() {
        return approval.path("digest").asString("");
    }

    private String text() {
        return approval.path("request").asString("");
    }

    private String computed() {
        try {
            byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(text().getBytes(StandardCharsets.UTF_8));
            return "sha256:" + HexFormat.of().formatHex(sha256);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    void print(PrintWriter out) {
        line(out, "state", approval.path("state").asString(""));
        line(out, "requester", approval.path("requester").asString(""));
        line(out, "expires_at", approval.path("expires_at").asString(""));
        for (JsonNode verdict : approval.path("verdicts")) {
            line(
                    out,
                    verdict.path("decision").asString("") + " by",
                    verdict.path("who").asString("") + " "
                            + verdict.path("comment").asString(""));
        }
        out.println();
        members(out, "", Json.mapper().readTree(text()));
        out.println();
        line(out, "digest", digest());
        out.flush();
    }

    /** Leaves with their paths, none left out. */
    private static void members(PrintWriter out, String path, JsonNode value) {
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
