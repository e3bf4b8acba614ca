package io.errand.quickstart.demo;

import io.errand.api.Json;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Answers as they may be shown: tokens shortened, passwords masked, long text cut. */
final class Masked {

    private static final Set<String> SECRETS = Set.of("password", "deferral_code");
    private static final int LONGEST = 76;

    private Masked() {}

    /** Only these members of an object, where it has them. */
    static String json(JsonNode answer, String... members) {
        ObjectNode shown = JsonNodeFactory.instance.objectNode();
        for (String member : members) {
            if (answer.has(member)) {
                shown.set(member, answer.get(member));
            }
        }
        return json(shown);
    }

    static String json(JsonNode answer) {
        return Json.mapper().writer().with(SerializationFeature.INDENT_OUTPUT).writeValueAsString(mask(answer));
    }

    /** {@code eyJ…Qw}. */
    static String token(String token) {
        return token.length() < 12 ? token : token.substring(0, 3) + "…" + token.substring(token.length() - 2);
    }

    private static JsonNode mask(JsonNode node) {
        return switch (node) {
            case ObjectNode object -> {
                ObjectNode shown = JsonNodeFactory.instance.objectNode();
                object.properties()
                        .forEach(member -> shown.set(
                                member.getKey(),
                                SECRETS.contains(member.getKey())
                                        ? JsonNodeFactory.instance.stringNode("••••••••")
                                        : mask(member.getValue())));
                yield shown;
            }
            case ArrayNode array -> {
                ArrayNode shown = JsonNodeFactory.instance.arrayNode();
                array.forEach(item -> shown.add(mask(item)));
                yield shown;
            }
            default -> node.isString() ? JsonNodeFactory.instance.stringNode(text(node.asString())) : node;
        };
    }

    private static String text(String text) {
        if (text.startsWith("eyJ")) {
            return token(text);
        }
        String open = text.replaceAll("password=[^&]*", "password=••••••••");
        return open.length() > LONGEST ? open.substring(0, LONGEST - 1) + "…" : open;
    }
}
