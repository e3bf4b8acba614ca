package io.errand.cli;

import io.errand.api.Json;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/**
 * Holds a document against the wire's own records, so that what the service would refuse as malformed is refused here, with its
 * line. What is missing, or does not fit together, the service says.
 */
final class Shape {

    /** As the service has it; here because the name becomes part of an address. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?");

    private Shape() {}

    /** Adds to the mistakes and answers null, or answers the resource. */
    static @Nullable Resource check(Document document, List<Mistake> mistakes) {
        JsonNode kindNode = document.content().path("kind");
        if (!kindNode.isString()) {
            mistakes.add(document.mistake("kind", "say which: " + Kind.all()));
            return null;
        }
        Optional<Kind> kind = Kind.of(kindNode.asString());
        if (kind.isEmpty()) {
            mistakes.add(
                    document.mistake("kind", "'" + kindNode.asString() + "' is not known; it is one of " + Kind.all()));
            return null;
        }
        JsonNode name = document.content().path("name");
        Optional<Mistake> wrong = name(document, name).or(() -> members(document, kind.get()));
        if (wrong.isPresent()) {
            mistakes.add(wrong.get());
            return null;
        }
        return new Resource(kind.get(), name.asString(), document);
    }

    private static Optional<Mistake> name(Document document, JsonNode name) {
        if (name.isMissingNode() || name.isNull()) {
            return Optional.of(document.mistake("name", "is missing"));
        }
        if (!name.isString()) {
            return Optional.of(document.mistake("name", "must be text; put it in quotes"));
        }
        if (!NAME.matcher(name.asString()).matches() || name.asString().contains("..")) {
            return Optional.of(
                    document.mistake(
                            "name",
                            "has 1 to 63 characters out of a-z, 0-9, '.', '_' and '-', and begins and ends with a letter or digit"));
        }
        return Optional.empty();
    }

    private static Optional<Mistake> members(Document document, Kind kind) {
        try {
            Json.mapper().treeToValue(document.content(), kind.shape());
            return Optional.empty();
        } catch (UnrecognizedPropertyException e) {
            return Optional.of(document.mistake(path(e), "is not a member of " + owner(e, kind) + suggestion(e)));
        } catch (MismatchedInputException e) {
            return Optional.of(document.mistake(path(e), "must be " + wanted(e.getTargetType())));
        } catch (JacksonException e) {
            return Optional.of(document.mistake(path(e), e.getOriginalMessage()));
        }
    }

    private static String path(JacksonException e) {
        String path = "";
        for (JacksonException.Reference step : e.getPath()) {
            String name = step.getPropertyName();
            path = name == null ? Document.child(path, step.getIndex()) : Document.child(path, name);
        }
        return path;
    }

    private static String owner(UnrecognizedPropertyException e, Kind kind) {
        return e.getPath().size() == 1 ? kind.label() : "what stands here";
    }

    private static String suggestion(UnrecognizedPropertyException e) {
        Collection<Object> known = e.getKnownPropertyIds();
        if (known == null || known.isEmpty()) {
            return "";
        }
        String name = e.getPropertyName();
        return known.stream()
                .map(String::valueOf)
                .filter(candidate -> distance(candidate, name) <= Math.max(1, name.length() / 3))
                .min(Comparator.comparingInt(candidate -> distance(candidate, name)))
                .map(candidate -> "; did you mean " + candidate + "?")
                .orElseGet(() -> "; its members are "
                        + String.join(
                                ", ",
                                known.stream().map(String::valueOf).sorted().toList()));
    }

    private static String wanted(@Nullable Class<?> type) {
        if (type == null) {
            return "something else";
        }
        if (type == String.class) {
            return "text; put it in quotes";
        }
        if (type == Duration.class) {
            return "a duration of days, hours, minutes and seconds, such as PT10M";
        }
        if (type == LocalDate.class) {
            return "a day, such as 2027-03-01";
        }
        if (type == Boolean.class || type == boolean.class) {
            return "true or false";
        }
        if (Number.class.isAssignableFrom(type) || type.isPrimitive()) {
            return "a whole number";
        }
        if (Collection.class.isAssignableFrom(type)) {
            return "a list";
        }
        return Map.class.isAssignableFrom(type) || type.isRecord() ? "members with names" : "something else";
    }

    /** Levenshtein's, in one row. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(change, Math.min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return row[b.length()];
    }
}
