package io.errand.broker.shared.web;

import io.errand.broker.shared.Names;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the members of a resource one by one and keeps the first that is wrong. Every path is the member's place on the
 * wire; what a JSON document can hold (an absent member, a null in a list) is expected everywhere.
 */
public final class Members {

    /** Entries of the longest list. */
    public static final int MAX_ENTRIES = 256;

    private @Nullable Problem first;

    /** The value that {@code resource} makes, or the first problem that was found. */
    public <T> Result<T> then(Supplier<T> resource) {
        return first == null ? Result.ok(resource.get()) : Result.refused(first);
    }

    public Members check(boolean good, String path, String sentence) {
        if (!good && first == null) {
            first = Problem.invalidMember(path, sentence);
        }
        return this;
    }

    /** A resource that says what it is says what it is put as. */
    public Members head(String kind, @Nullable String saidKind, String name, @Nullable String saidName) {
        check(saidKind == null || saidKind.equals(kind), "kind", "The kind here is " + kind + ", or leave it out.");
        return check(
                saidName == null || saidName.equals(name),
                "name",
                "The name must be the one in the address, or leave it out.");
    }

    /** Required text for people: not blank, without control characters, at most so many bytes of UTF-8. */
    public Members text(String path, @Nullable String value, int maxBytes) {
        return check(
                value != null
                        && !value.isBlank()
                        && value.getBytes(StandardCharsets.UTF_8).length <= maxBytes
                        && value.chars().noneMatch(Character::isISOControl),
                path,
                "This is required: text of at most " + maxBytes
                        + " bytes of UTF-8, not blank, without control characters.");
    }

    public Members name(String path, @Nullable String value) {
        return check(value != null && Names.check(value).isEmpty(), path, Names.RULE);
    }

    /** Names, each once. */
    public Members names(String path, @Nullable List<String> values, int min) {
        int size = values == null ? 0 : values.size();
        check(size >= min, path, "At least " + min + " is required.");
        each(path, values, this::name);
        return distinct(path, values, Function.identity());
    }

    public Members oneOf(String path, @Nullable String value, Set<String> values) {
        return check(
                value != null && values.contains(value),
                path,
                "This is one of: " + String.join(", ", values.stream().sorted().toList()) + ".");
    }

    /** An absent duration is good. */
    public Members duration(String path, @Nullable Duration value, Duration min, Duration max) {
        return check(
                value == null || (value.compareTo(min) >= 0 && value.compareTo(max) <= 0),
                path,
                "This is a duration from " + min + " to " + max + ", for example PT15M.");
    }

    /** An absent number is good. */
    public Members number(String path, @Nullable Integer value, int min, int max) {
        return check(
                value == null || (value >= min && value <= max),
                path,
                "This is a whole number from " + min + " to " + max + ".");
    }

    /** An absent digest is good. */
    public Members sha256(String path, @Nullable String value) {
        return check(
                value == null || value.matches("[0-9a-f]{64}"),
                path,
                "This is a SHA-256 in hexadecimal: 64 characters out of 0-9 and a-f.");
    }

    /** Calls {@code entry} with the path and value of every entry; an absent list has none. */
    public <T> Members each(String path, @Nullable List<T> values, BiConsumer<String, T> entry) {
        if (values == null) {
            return this;
        }
        check(values.size() <= MAX_ENTRIES, path, "At most " + MAX_ENTRIES + " are allowed.");
        for (int i = 0; i < values.size() && first == null; i++) {
            String at = path + "[" + i + "]";
            T value = values.get(i);
            check(value != null, at, "Null is not allowed here; leave the entry out.");
            if (value != null) {
                entry.accept(at, value);
            }
        }
        return this;
    }

    /** Call this after {@link #each}: no two entries have the same key. */
    public <T> Members distinct(String path, @Nullable List<T> values, Function<T, ?> key) {
        Set<Object> seen = new HashSet<>();
        for (int i = 0; first == null && values != null && i < values.size(); i++) {
            check(seen.add(key.apply(values.get(i))), path + "[" + i + "]", "This is there twice; name it once.");
        }
        return this;
    }

    /** What was found so far. */
    public Optional<Problem> problem() {
        return Optional.ofNullable(first);
    }
}
