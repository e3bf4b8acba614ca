package io.errand.reference;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * A record as rows of a table, one for each member that holds a value; those of records inside follow it under its name.
 *
 * @param separator between a member and those inside
 * @param spelled a component's name as users write it
 */
record RecordRows(String separator, UnaryOperator<String> spelled) {

    List<String> of(String prefix, Class<?> record) {
        List<String> rows = new ArrayList<>();
        Map<String, String> documented = Documented.components(record);
        for (RecordComponent component : record.getRecordComponents()) {
            String name = prefix + spelled.apply(component.getName());
            rows.addAll(rows(name, component, documented.getOrDefault(component.getName(), "")));
        }
        return rows;
    }

    private List<String> rows(String name, RecordComponent component, String text) {
        Type type = component.getGenericType();
        List<String> rows = new ArrayList<>();
        Class<?> inner = record(type);
        boolean isGroup = inner != null && type == inner;
        if (!isGroup || !text.isEmpty()) {
            rows.add("| `" + name + "` | " + named(type) + " | " + byDefault(component) + " | " + text + " |");
        }
        if (inner != null) {
            rows.addAll(of(name + within(type) + separator, inner));
        }
        return rows;
    }

    /** A list's items, or a map's values under a name of the user's. */
    private String within(Type type) {
        if (!(type instanceof ParameterizedType generic)) {
            return "";
        }
        return generic.getRawType() == Map.class ? separator + "<name>" : "[]";
    }

    private static @Nullable Class<?> record(Type type) {
        Type last = type instanceof ParameterizedType generic
                ? generic.getActualTypeArguments()[generic.getActualTypeArguments().length - 1]
                : type;
        return last instanceof Class<?> one && one.isRecord() ? one : null;
    }

    private static String named(Type type) {
        if (type instanceof ParameterizedType generic) {
            Type[] of = generic.getActualTypeArguments();
            return generic.getRawType() == Map.class ? "map of " + named(of[1]) : "list of " + named(of[0]);
        }
        if (!(type instanceof Class<?> one)) {
            return "value";
        }
        if (one == Duration.class) {
            return "duration";
        }
        if (one.isEnum()) {
            return "one of " + List.of(one.getEnumConstants()).toString().toLowerCase(java.util.Locale.ROOT);
        }
        return switch (one.getSimpleName()) {
            case "String" -> "text";
            case "Secret" -> "secret";
            case "Path" -> "file";
            case "URI" -> "address";
            case "int", "Integer", "long", "Long" -> "number";
            case "boolean", "Boolean" -> "true or false";
            case "LocalDate" -> "date";
            default -> one.isRecord() ? "object" : one.getSimpleName();
        };
    }

    private static String byDefault(RecordComponent component) {
        // Of the canonical constructor's parameter, which is where the binder reads it.
        for (var constructor : component.getDeclaringRecord().getDeclaredConstructors()) {
            for (var parameter : constructor.getParameters()) {
                DefaultValue value = parameter.getAnnotation(DefaultValue.class);
                if (value != null && parameter.getName().equals(component.getName()) && value.value().length > 0) {
                    return "`" + String.join(",", value.value()) + "`";
                }
            }
        }
        return "";
    }
}
