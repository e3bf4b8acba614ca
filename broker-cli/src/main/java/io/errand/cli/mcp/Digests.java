package io.errand.cli.mcp;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** SHA-256, in lower-case hex, of JSON with members sorted and without white space, in UTF-8. */
final class Digests {

    private Digests() {}

    /** What is not there is an empty object. */
    static String of(JsonNode node) {
        return of(node.isMissingNode() ? Map.of() : sorted(node));
    }

    /** Without some of an object's own members. */
    static String without(Set<String> members, JsonNode node) {
        return of(
                node.isObject() && sorted(node) instanceof Map<?, ?> all
                        ? new TreeMap<>(all.entrySet().stream()
                                .filter(entry -> !members.contains(entry.getKey()))
                                .collect(java.util.stream.Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)))
                        : sorted(node));
    }

    static String of(List<String> texts) {
        return of((Object) texts);
    }

    private static String of(Object sorted) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(Message.PLAIN.writeValueAsBytes(sorted)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object sorted(JsonNode node) {
        if (node.isObject()) {
            Map<String, Object> members = new TreeMap<>();
            node.properties().forEach(member -> members.put(member.getKey(), sorted(member.getValue())));
            return members;
        }
        return node.isArray() ? node.values().stream().map(Digests::sorted).toList() : node;
    }
}
