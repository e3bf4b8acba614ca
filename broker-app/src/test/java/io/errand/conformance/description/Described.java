package io.errand.conformance.description;

import io.errand.api.Json;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.media.Schema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.customizers.GlobalOpenApiCustomizer;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/** Says of each member of a resource what the schema for editors says: what it means, and which texts it may be. */
@Component
@Order(2) // after whatever adds schemas
class Described implements GlobalOpenApiCustomizer {

    private static final List<String> KINDS = List.of("Issuer", "Agent", "Tool", "TaskType", "Policy");

    @Override
    public void customise(OpenAPI document) {
        var all = document.getComponents().getSchemas();
        for (String kind : KINDS) {
            JsonNode schema = read(kind.toLowerCase(Locale.ROOT) + ".json");
            describe(all.get(kind + "Resource"), schema);
            schema.path("$defs").forEachEntry((name, definition) -> describe(all.get(name), definition));
        }
    }

    private static void describe(@Nullable Schema<?> described, JsonNode by) {
        if (described == null || described.getProperties() == null) {
            return;
        }
        described.getProperties().forEach((name, property) -> {
            JsonNode said = by.path("properties").path(name);
            said.path("description").asStringOpt().ifPresent(property::setDescription);
            limit(property, said);
            if (property.getItems() != null) {
                limit(property.getItems(), said.path("items"));
            }
        });
    }

    @SuppressWarnings({"rawtypes", "unchecked"}) // as the library has it
    private static void limit(Schema property, JsonNode said) {
        if (property.get$ref() == null && said.has("enum")) {
            property.setEnum(
                    said.path("enum").values().stream().map(JsonNode::asString).toList());
        }
        if (property.get$ref() == null && said.has("pattern") && property.getFormat() == null) {
            property.setPattern(said.path("pattern").asString());
        }
    }

    private static JsonNode read(String name) {
        try {
            return Json.mapper().readTree(Files.readString(Path.of("../docs/schemas", name)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
