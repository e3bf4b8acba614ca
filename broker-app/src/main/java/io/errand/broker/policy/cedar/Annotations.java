package io.errand.broker.policy.cedar;

import com.cedarpolicy.model.Effect;
import io.errand.broker.policy.PolicyDecision;
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

    private static final Set<String> OF_PERMITS =
            Set.of("max_ttl", "approval", "approvers", "owner_may_not_approve", "require_dpop");
    private static final Set<String> OF_APPROVALS = Set.of("approvers", "owner_may_not_approve");
    private static final Pattern PEOPLE = Pattern.compile("[1-9]|10");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9 ._:-]{0,98}[A-Za-z0-9])?");
    private static final Pattern LINE = Pattern.compile("[^\\p{Cntrl}]{1,500}");
    private static final Pattern GROUP = Pattern.compile("[^\\p{Cntrl}\\s]{1,128}");

    /** What is wrong with the annotation of this name. */
    record Complaint(String annotation, String message) {}

    Optional<Complaint> complaint() {
        for (Map.Entry<String, String> annotation : new TreeMap<>(values).entrySet()) {
            String name = annotation.getKey();
            String message = misplaced(name).orElseGet(() -> complaint(name, annotation.getValue()));
            if (message != null) {
                return Optional.of(new Complaint(name, message));
            }
        }
        return Optional.empty();
    }

    private Optional<String> misplaced(String name) {
        if (effect == Effect.FORBID && OF_PERMITS.contains(name)) {
            return Optional.of("@" + name + " belongs on a permit; a forbid has no use for it.");
        }
        if (values.containsKey("approval")) {
            return Optional.empty();
        }
        if (OF_APPROVALS.contains(name)) {
            return Optional.of("@" + name + " says more about @approval, and there is none here.");
        }
        return effect == Effect.PERMIT && name.equals("liftable")
                ? Optional.of("@liftable belongs on a forbid, or on a permit with @approval; there is nothing to lift.")
                : Optional.empty();
    }

    /** To be called when there is no complaint. */
    Rule rule(int position) {
        return new Rule(
                values.getOrDefault("id", "policy" + position),
                effect,
                duration(values.getOrDefault("max_ttl", "")),
                approval(),
                values.containsKey("require_dpop"),
                values.containsKey("liftable"),
                values.containsKey("observe"),
                values.get("reason"));
    }

    private PolicyDecision.@Nullable Approval approval() {
        String group = values.get("approval");
        return group == null
                ? null
                : new PolicyDecision.Approval(
                        group,
                        Integer.parseInt(values.getOrDefault("approvers", "1")),
                        values.containsKey("owner_may_not_approve"));
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
            case "approvers" ->
                PEOPLE.matcher(value).matches()
                        ? null
                        : "@approvers is a number of people from 1 to 10, for example @approvers(\"2\").";
            case "require_dpop", "owner_may_not_approve", "liftable", "observe" ->
                value.isEmpty() || value.equals("true")
                        ? null
                        : "@" + name + " has no value: it is there or it is not.";
            default ->
                "@" + name
                        + " is not known here; there are @id, @reason, @description, @max_ttl, @approval, @approvers,"
                        + " @owner_may_not_approve, @require_dpop, @liftable and @observe.";
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
