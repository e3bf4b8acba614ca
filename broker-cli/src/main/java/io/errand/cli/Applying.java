package io.errand.cli;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sends one resource after the other, and finds the lines of what the service refuses.
 *
 * @param probe whether a tool's target makes a credential first and ends it again
 */
record Applying(BrokerClient broker, boolean probe) {

    /** What the service adds to what it was given, and changes with every PUT. */
    private static final List<String> SERVICE_SET = List.of("version", "author", "created_at", "reason");

    /** What came of one resource. */
    sealed interface Outcome {

        /** @param verb {@code created}, {@code replaced} or {@code unchanged} */
        record Applied(String verb) implements Outcome {}

        record Refused(Mistake mistake) implements Outcome {}
    }

    Outcome apply(Resource resource) {
        BrokerClient.Answer before = broker.get(resource.address());
        boolean existed = before.isSuccess();
        if (existed && isSamePolicy(resource, before.body())) {
            return new Outcome.Applied("unchanged");
        }
        BrokerClient.Answer after = broker.put(
                resource.kind() == Kind.TOOL && !probe ? resource.address() + "?probe=false" : resource.address(),
                resource.content());
        if (!after.isSuccess()) {
            return new Outcome.Refused(mistake(resource, after));
        }
        if (!existed) {
            return new Outcome.Applied("created");
        }
        return new Outcome.Applied(bare(before.body()).equals(bare(after.body())) ? "unchanged" : "replaced");
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
