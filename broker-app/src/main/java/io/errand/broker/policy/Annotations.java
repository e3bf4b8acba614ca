package io.errand.broker.policy;

import com.cedarpolicy.model.Effect;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The annotations of one policy. A name that is not known is refused: a misspelt {@code @aproval} would otherwise grant without
 * one.
 */
record Annotations(Map<String, String> values, Effect effect) {

    private static final Set<String> OF_PERMITS = Set.of("max_ttl", "approval", "require_dpop");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9 ._:-]{0,98}[A-Za-z0-9])?");
    private static final Pattern LINE = Pattern.compile("[^\\p{Cntrl}]{1,500}");
    private static final Pattern GROUP = Pattern.compile("[^\\p{Cntrl}\\s]{1,128}");

    /** What is wrong with the annotation of this name. */
    record Complaint(String annotation, String message) {}

    Optional<Complaint> complaint() {
        for (Map.Entry<String, String> annotation : new TreeMap<>(values).entrySet()) {
            String name = annotation.getKey();
            String message = effect == Effect.FORBID && OF_PERMITS.contains(name)
                    ? "@" + name + " belongs on a permit; a forbid has no use for it."
                    : complaint(name, annotation.getValue());
            if (message != null) {
                return Optional.of(new Complaint(name, message));
            }
        }
        return Optional.empty();
    }

    /** To be called when there is no complaint. */
    Rule rule(int position) {
        return new Rule(
                values.getOrDefault("id", "policy" + position),
                effect,
                duration(values.getOrDefault("max_ttl", "")),
                values.get("approval"),
                values.containsKey("require_dpop"),
                values.get("reason"));
    }

    private static @Nullable String complaint(String name, String value) {
        return switch (name) {
            case "id" ->
                ID.matcher(value).matches()
                        ? null
                        : "@id has 1 to 100 letters, digits, spaces, '.', '_', ':' and '-', and begins and ends with a"
                                + " letter or digit.";
            case "reason", "description" ->
                LINE.matcher(value).matches() && !value.isBlank()
                        ? null
                        : "@" + name + " is one line of 1 to 500 characters.";
            case "approval" ->
                GROUP.matcher(value).matches()
                        ? null
                        : "@approval names a group without spaces, for example @approval(\"finance\").";
            case "max_ttl" ->
                duration(value) != null
                        ? null
                        : "@max_ttl is an ISO 8601 duration of at least a second, for example @max_ttl(\"PT5M\").";
            case "require_dpop" ->
                value.isEmpty() || value.equals("true")
                        ? null
                        : "@require_dpop has no value: it is there or it is not.";
            default ->
                "@" + name + " is not known here; there are @id, @reason, @description, @max_ttl, @approval and"
                        + " @require_dpop.";
        };
    }

    private static @Nullable Duration duration(String value) {
        try {
            Duration parsed = Duration.parse(value);
            return parsed.compareTo(Duration.ofSeconds(1)) >= 0 ? parsed : null;
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
