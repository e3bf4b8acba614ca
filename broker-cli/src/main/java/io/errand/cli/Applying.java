package io.errand.cli;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Sends one resource after the other, and finds the lines of what the service refuses. */
record Applying(BrokerClient broker, How how) {

    /** What the service adds to what it was given, and changes with every PUT. */
    private static final List<String> SERVICE_SET = List.of("version", "author", "created_at", "reason", "warnings");

    /**
     * What is meant, and would else be taken for a mistake.
     *
     * @param allowMissing agents may name what is not there yet
     * @param revoke what goes on by identities that go is ended
     * @param probe whether a tool's target makes a credential first and ends it again
     */
    record How(boolean allowMissing, boolean revoke, boolean probe) {

        String query(Kind kind) {
            List<String> parameters = new ArrayList<>();
            if (allowMissing && kind == Kind.AGENT) {
                parameters.add("allow_missing=true");
            }
            if (revoke && (kind == Kind.AGENT || kind == Kind.ISSUER)) {
                parameters.add("revoke=true");
            }
            if (!probe && kind == Kind.TOOL) {
                parameters.add("probe=false");
            }
            return parameters.isEmpty() ? "" : "?" + String.join("&", parameters);
        }
    }

    /** What came of one resource. */
    sealed interface Outcome {

        /**
         * @param verb {@code created}, {@code replaced} or {@code unchanged}
         * @param warnings what the service says beside, a sentence each
         */
        record Applied(String verb, List<String> warnings) implements Outcome {}

        record Refused(Mistake mistake) implements Outcome {}
    }

    Outcome apply(Resource resource) {
        BrokerClient.Answer before = broker.get(resource.address());
        boolean existed = before.isSuccess();
        if (existed && isSamePolicy(resource, before.body())) {
            return new Outcome.Applied("unchanged", List.of());
        }
        BrokerClient.Answer after = broker.put(resource.address() + how.query(resource.kind()), resource.content());
        if (!after.isSuccess()) {
            return new Outcome.Refused(mistake(resource, after));
        }
        List<String> warnings = warnings(after.body());
        if (!existed) {
            return new Outcome.Applied("created", warnings);
        }
        return new Outcome.Applied(bare(before.body()).equals(bare(after.body())) ? "unchanged" : "replaced", warnings);
    }

    static List<String> warnings(JsonNode answer) {
        return answer.path("warnings").values().stream().map(JsonNode::asString).toList();
    }

    /** Every PUT of a policy is a new version, so one that is live already is not sent again. */
    private static boolean isSamePolicy(Resource resource, JsonNode now) {
        return resource.kind() == Kind.POLICY
                && resource.content().path("cedar").equals(now.path("cedar"))
                && resource.content()
                        .path("status")
                        .asString("active")
                        .equals(now.path("status").asString("active"));
    }

    private static JsonNode bare(JsonNode resource) {
        return resource instanceof ObjectNode object ? object.deepCopy().remove(SERVICE_SET) : resource;
    }

    private static Mistake mistake(Resource resource, BrokerClient.Answer refusal) {
        Document document = resource.document();
        String member = refusal.body().path("member").asString("");
        int line = refusal.body().path("line").asInt(0);
        if (resource.kind() == Kind.POLICY && line > 0) {
            int column = refusal.body().path("column").asInt(0);
            return new Mistake(
                    document.file(),
                    document.lines().inText("cedar", line),
                    column > 0 ? column : null,
                    "cedar",
                    refusal.refusal());
        }
        String message = member.isEmpty() ? resource + " is refused: " + refusal.refusal() : refusal.refusal();
        return document.mistake(member, message);
    }
}
