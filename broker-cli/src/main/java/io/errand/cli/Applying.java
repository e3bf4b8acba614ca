package io.errand.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Sends one resource after the other, and finds the lines of what the service refuses. */
final class Applying {

    /** What the service adds to what it was given, and changes with every PUT. */
    private static final List<String> SERVICE_SET = List.of("version", "author", "created_at", "reason", "warnings");

    /**
     * What is meant, and would else be taken for a mistake.
     *
     * @param allowMissing agents, tools and task types may name what is not there yet
     * @param revoke what goes on by identities that go is ended
     * @param probe whether a tool's target makes a credential first and ends it again
     */
    record How(boolean allowMissing, boolean revoke, boolean probe) {

        List<String> query(Kind kind) {
            List<String> parameters = new ArrayList<>();
            if (allowMissing && (kind == Kind.AGENT || kind == Kind.TOOL || kind == Kind.TASK_TYPE)) {
                parameters.add("allow_missing=true");
            }
            if (revoke && (kind == Kind.AGENT || kind == Kind.ISSUER)) {
                parameters.add("revoke=true");
            }
            if (!probe && kind == Kind.TOOL) {
                parameters.add("probe=false");
            }
            return parameters;
        }
    }

    private final BrokerClient broker;
    private final How how;

    /** Names of agents that come later: two may hand tasks to each other, and one of them is sent first. */
    private final Set<String> announced;

    /** @param all what will be sent, in this order */
    Applying(BrokerClient broker, How how, Collection<Resource> all) {
        this.broker = broker;
        this.how = how;
        this.announced = all.stream()
                .filter(resource -> resource.kind() == Kind.AGENT)
                .map(Resource::name)
                .collect(Collectors.toCollection(HashSet::new));
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
        BrokerClient.Answer after = broker.put(resource.address() + query(resource), resource.content());
        if (!after.isSuccess()) {
            return new Outcome.Refused(mistake(resource, after));
        }
        List<String> warnings = warnings(after.body());
        if (!existed) {
            return new Outcome.Applied("created", warnings);
        }
        return new Outcome.Applied(bare(before.body()).equals(bare(after.body())) ? "unchanged" : "replaced", warnings);
    }

    private String query(Resource resource) {
        List<String> parameters = how.query(resource.kind());
        if (resource.kind() == Kind.AGENT) {
            announced.remove(resource.name());
            resource.delegatesTo().stream()
                    .filter(announced::contains)
                    .map(name -> "announced=" + BrokerClient.encoded(name))
                    .forEach(parameters::add);
        }
        return parameters.isEmpty() ? "" : "?" + String.join("&", parameters);
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
