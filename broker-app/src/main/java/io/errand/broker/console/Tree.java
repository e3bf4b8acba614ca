package io.errand.broker.console;

import io.errand.api.Json;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A JSON document as a page shows it: every member, in its order, and nothing that acts. */
sealed interface Tree {

    /** @param literal whether it is a number, {@code true}, {@code false} or {@code null}, and no text */
    record Leaf(Visible value, boolean literal) implements Tree {}

    record Members(List<Member> members) implements Tree {}

    record Items(List<Tree> items) implements Tree {}

    record Member(Visible name, Tree value) {}

    /** For the template, which knows no types. */
    default String kind() {
        return switch (this) {
            case Leaf leaf -> "leaf";
            case Members members -> "members";
            case Items items -> "items";
        };
    }

    static Tree of(String json) {
        return of(Json.mapper().readTree(json));
    }

    private static Tree of(JsonNode node) {
        if (node.isObject()) {
            return new Members(node.properties().stream()
                    .map(member -> new Member(Visible.of(member.getKey()), of(member.getValue())))
                    .toList());
        }
        return node.isArray()
                ? new Items(node.valueStream().map(Tree::of).toList())
                : new Leaf(Visible.of(node.asString()), !node.isString());
    }
}
