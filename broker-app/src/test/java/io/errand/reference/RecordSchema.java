package io.errand.reference;

import io.errand.api.Constraint;
import io.errand.api.Json;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A resource's record as JSON Schema (draft 2020-12): closed as the reader is, with what the record's comments say. */
final class RecordSchema {

    private static final String DURATION =
            "^P(?=[0-9T])(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\\.[0-9]+)?S)?)?$";

    private final Map<String, ObjectNode> definitions = new TreeMap<>();

    private RecordSchema() {}

    static ObjectNode of(Class<?> resource) {
        RecordSchema schema = new RecordSchema();
        ObjectNode root = Json.mapper().createObjectNode();
        root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        root.put("title", "Errand " + resource.getSimpleName().replace("Resource", ""));
        root.setAll(schema.object(resource));
        if (!schema.definitions.isEmpty()) {
            ObjectNode defs = root.putObject("$defs");
            schema.definitions.forEach(defs::set);
        }
        return root;
    }

    private ObjectNode object(Class<?> record) {
        ObjectNode object = Json.mapper().createObjectNode();
        object.put("type", "object");
        object.put("additionalProperties", false);
        ObjectNode properties = object.putObject("properties");
        ArrayNode required = Json.mapper().createArrayNode();
        Map<String, String> documented = Documented.components(record);
        for (RecordComponent component : record.getRecordComponents()) {
            String name = component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
            Constraint constraint = component.getAnnotation(Constraint.class);
            ObjectNode property = value(component.getGenericType(), constraint);
            String text = documented.getOrDefault(component.getName(), "");
            if (!text.isEmpty()) {
                property.put("description", text.replace("`", "").replace("\\|", "|"));
            }
            if (constraint != null && constraint.answered()) {
                property.put("readOnly", true);
            }
            properties.set(name, property);
            boolean isNullable = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
            if (!isNullable || (constraint != null && constraint.required())) {
                required.add(name);
            }
        }
        if (!required.isEmpty()) {
            object.set("required", required);
        }
        return object;
    }

    private ObjectNode value(Type type, @Nullable Constraint constraint) {
        ObjectNode value = Json.mapper().createObjectNode();
        if (type instanceof ParameterizedType generic) {
            Type[] of = generic.getActualTypeArguments();
            if (generic.getRawType() == List.class) {
                value.put("type", "array");
                value.set("items", value(of[0], constraint));
                bound(value, constraint, "minItems", "maxItems");
            } else {
                value.put("type", "object");
                ObjectNode values = value(of[1], constraint);
                if (!values.isEmpty()) {
                    value.set("additionalProperties", values);
                }
            }
            return value;
        }
        Class<?> one = (Class<?>) type;
        if (one.isRecord()) {
            return value.put("$ref", "#/$defs/" + defined(one));
        }
        if (one == Integer.class || one == int.class) {
            value.put("type", "integer");
            bound(value, constraint, "minimum", "maximum");
        } else if (one == Boolean.class || one == boolean.class) {
            value.put("type", "boolean");
        } else if (one == Duration.class) {
            value.put("type", "string").put("format", "duration").put("pattern", DURATION);
        } else if (one == LocalDate.class) {
            value.put("type", "string").put("format", "date");
        } else if (one == Instant.class) {
            value.put("type", "string").put("format", "date-time");
        } else if (one == String.class) {
            value.put("type", "string");
            text(value, constraint);
        } else if (one != Object.class) {
            throw new IllegalStateException("No schema is known for " + one);
        }
        return value;
    }

    private static void text(ObjectNode value, @Nullable Constraint constraint) {
        if (constraint == null) {
            return;
        }
        if (constraint.oneOf().length == 1) {
            value.put("const", constraint.oneOf()[0]);
        } else if (constraint.oneOf().length > 1) {
            ArrayNode all = value.putArray("enum");
            List.of(constraint.oneOf()).forEach(all::add);
        }
        if (!constraint.pattern().isEmpty()) {
            value.put("pattern", constraint.pattern());
        }
        if (constraint.required()
                && constraint.oneOf().length == 0
                && constraint.pattern().isEmpty()) {
            value.put("minLength", 1);
        }
    }

    private static void bound(ObjectNode value, @Nullable Constraint constraint, String least, String most) {
        if (constraint != null && constraint.min() != Integer.MIN_VALUE) {
            value.put(least, constraint.min());
        }
        if (constraint != null && constraint.max() != Integer.MAX_VALUE) {
            value.put(most, constraint.max());
        }
    }

    /** Named as in the OpenAPI document. */
    private String defined(Class<?> record) {
        Class<?> outer = record.getEnclosingClass();
        String name = (outer == null ? "" : outer.getSimpleName()) + record.getSimpleName();
        if (!definitions.containsKey(name)) {
            definitions.put(name, Json.mapper().createObjectNode());
            definitions.put(name, object(record));
        }
        return name;
    }
}
