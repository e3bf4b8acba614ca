package io.errand.cli;

import io.errand.api.Json;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reads a JSON file, one resource, with line numbers. */
final class JsonDocuments {

    private JsonDocuments() {}

    /** @param mistakes receives what is wrong; a document that has a mistake is left out */
    static List<Document> read(String file, String text, List<Mistake> mistakes) {
        try (JsonParser parser = Json.mapper().createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                mistakes.add(Mistake.at(file, 1, "", "a resource is a JSON object"));
                return List.of();
            }
            Document.Lines lines = new Document.Lines(line(parser));
            ObjectNode content = object(parser, "", lines);
            if (parser.nextToken() != null) {
                mistakes.add(Mistake.at(
                        file, line(parser), "", "a JSON file holds one resource; put the next into another file"));
                return List.of();
            }
            return List.of(new Document(file, content, lines));
        } catch (JacksonException e) {
            var at = e.getLocation();
            mistakes.add(new Mistake(
                    file,
                    at == null ? 1 : Math.max(1, at.getLineNr()),
                    at == null ? null : Math.max(1, at.getColumnNr()),
                    "",
                    "this is not JSON: " + e.getOriginalMessage()));
            return List.of();
        }
    }

    private static JsonNode value(JsonParser parser, String path, Document.Lines lines) {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            return object(parser, path, lines);
        }
        if (token == JsonToken.START_ARRAY) {
            return array(parser, path, lines);
        }
        lines.text(path, line(parser));
        JsonNodeFactory json = JsonNodeFactory.instance;
        return switch (token) {
            case VALUE_NULL -> json.nullNode();
            case VALUE_TRUE, VALUE_FALSE -> json.booleanNode(token == JsonToken.VALUE_TRUE);
            case VALUE_NUMBER_INT -> json.numberNode(parser.getBigIntegerValue());
            case VALUE_NUMBER_FLOAT -> json.numberNode(parser.getDecimalValue());
            default -> json.stringNode(parser.getString());
        };
    }

    private static ObjectNode object(JsonParser parser, String path, Document.Lines lines) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            String member = Document.child(path, name);
            lines.member(member, line(parser));
            parser.nextToken();
            object.set(name, value(parser, member, lines));
        }
        return object;
    }

    private static ArrayNode array(JsonParser parser, String path, Document.Lines lines) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            String member = Document.child(path, array.size());
            lines.member(member, line(parser));
            array.add(value(parser, member, lines));
        }
        return array;
    }

    private static int line(JsonParser parser) {
        return Math.max(1, parser.currentTokenLocation().getLineNr());
    }
}
