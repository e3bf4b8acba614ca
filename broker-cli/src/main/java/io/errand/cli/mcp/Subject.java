package io.errand.cli.mcp;

import io.errand.cli.mcp.ToolMap.Kind;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * What a request asks for, where that is something that a decision can be about.
 *
 * @param name of the tool or prompt, URI of the resource, or the method itself
 * @param argumentsSha256 of what it is asked to do; see {@link Digests}
 */
record Subject(Kind kind, String name, String argumentsSha256) {

    static final String CALL = "tools/call";
    static final String PROMPT = "prompts/get";
    static final String RESOURCE = "resources/read";

    /** Members of params that say how a request goes, and not what it asks for. */
    private static final Set<String> MANNER = Set.of("_meta", "requestState", "inputResponses", "task");

    /** Empty for a method that is about none of these, unless the map names the method itself. */
    static Optional<Subject> of(Message message, ToolMap map) {
        JsonNode params = message.params();
        return switch (message.method()) {
            case CALL ->
                Optional.of(new Subject(Kind.TOOL, text(params, "name"), Digests.of(params.path("arguments"))));
            case PROMPT ->
                Optional.of(new Subject(Kind.PROMPT, text(params, "name"), Digests.of(params.path("arguments"))));
            case RESOURCE ->
                Optional.of(new Subject(Kind.RESOURCE, text(params, "uri"), Digests.of(params.path("arguments"))));
            default ->
                map.target(Kind.METHOD, message.method()).isPresent()
                        ? Optional.of(new Subject(Kind.METHOD, message.method(), Digests.without(MANNER, params)))
                        : Optional.empty();
        };
    }

    private static String text(JsonNode params, String member) {
        return params.path(member).stringValue("");
    }

    /** What policies may read of it: members of the resource's properties. */
    Map<String, Object> properties() {
        return Map.of(kind.property(), name, "arguments_sha256", argumentsSha256);
    }

    @Override
    public String toString() {
        return kind.word() + " " + Names.plain(name);
    }
}
