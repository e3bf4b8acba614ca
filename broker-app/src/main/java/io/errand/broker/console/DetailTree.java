package io.errand.broker.console;

import io.errand.api.Json;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A JSON document for display: every member, in order, and nothing active. */
sealed interface DetailTree {

    /** @param literal whether it is a number, {@code true}, {@code false} or {@code null}, and no text */
    record Leaf(SanitizedText value, boolean literal) implements DetailTree {}

    record Members(List<Member> members) implements DetailTree {}

    record Items(List<DetailTree> items) implements DetailTree {}

    record Member(SanitizedText name, DetailTree value) {}

    /** For the template, which knows no types. */
    default String kind() {
        return switch (this) {
            case Leaf leaf -> "leaf";
            case Members members -> "members";
            case Items items -> "items";
        };
    }

    static DetailTree of(String json) {
        return of(Json.mapper().readTree(json));
    }

    private static DetailTree of(JsonNode node) {
        if (node.isObject()) {
            return new Members(node.properties().stream()
                    .map(member -> new Member(SanitizedText.of(member.getKey()), of(member.getValue())))
                    .toList());
        }
        return node.isArray()
                ? new Items(node.valueStream().map(DetailTree::of).toList())
                : new Leaf(SanitizedText.of(node.asString()), !node.isString());
    }
}
