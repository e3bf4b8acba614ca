package io.errand.cli;

import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A well-formed resource, ready to be sent. */
record Resource(Kind kind, String name, Document document) {

    ObjectNode content() {
        return document.content();
    }

    String address() {
        return "/admin/v1/" + kind.path() + "/" + name;
    }

    /** The agents that this one names; none where it is no agent. */
    List<String> delegatesTo() {
        return kind == Kind.AGENT
                ? content().path("delegates_to").values().stream()
                        .filter(JsonNode::isString)
                        .map(JsonNode::asString)
                        .toList()
                : List.of();
    }

    /** For people: {@code agent invoice-triage}. */
    @Override
    public String toString() {
        return kind.label().toLowerCase(Locale.ROOT) + " " + name;
    }
}
