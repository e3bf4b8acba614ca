package io.errand.conformance.description;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import io.swagger.v3.core.converter.AnnotatedType;
import io.swagger.v3.core.converter.ModelConverters;
import io.swagger.v3.core.converter.ResolvedSchema;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.Schema;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Schemas of the wire's records, closed as the reader is: a member that no record has is refused, and never answered. */
public final class Shapes {

    private static final PropertyNamingStrategies.SnakeCaseStrategy NAMES =
            new PropertyNamingStrategies.SnakeCaseStrategy();

    private Shapes() {}

    /** A schema, or a reference to one that is now among the components. */
    public static Schema<?> of(Type type, Components components) {
        ResolvedSchema resolved =
                ModelConverters.getInstance(true).resolveAsResolvedSchema(new AnnotatedType(type).resolveAsRef(true));
        resolved.referencedSchemas.forEach(components::addSchemas);
        return resolved.schema;
    }

    /** What a record cannot be without has no {@code @Nullable}. */
    static void close(Class<?> type, Schema<?> schema) {
        List<String> required = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            if (!component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
                required.add(NAMES.translate(component.getName()));
            }
        }
        schema.setRequired(required.isEmpty() ? null : required);
        schema.setAdditionalProperties(false);
    }

    static Schema<?> text(String format, String example) {
        Schema<?> schema = new JsonSchema().typesItem("string");
        schema.setFormat(format);
        schema.setExample(example);
        return schema;
    }

    /** An object whose members are not said here. */
    static Schema<?> open(Map<String, Schema<?>> members) {
        Schema<?> schema = new JsonSchema().typesItem("object");
        members.forEach(schema::addProperty);
        schema.setAdditionalProperties(true);
        return schema;
    }
}
