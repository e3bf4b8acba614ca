package io.errand.cli.mcp;

import io.errand.api.CanonicalJson;
import io.errand.api.Sha256;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** SHA-256, in lower-case hex, of canonical JSON (RFC 8785) in UTF-8. */
final class Digests {

    private Digests() {}

    /** What is not there is an empty object. */
    static String of(JsonNode node) {
        return Sha256.hex(CanonicalJson.of(node.isMissingNode() ? Message.PLAIN.createObjectNode() : node));
    }

    /** Without some of an object's own members. */
    static String without(Set<String> members, JsonNode node) {
        return of(node instanceof ObjectNode object ? object.deepCopy().without(members) : node);
    }

    static String of(List<String> texts) {
        JsonNode array = Message.PLAIN.valueToTree(texts);
        return of(array);
    }
}
