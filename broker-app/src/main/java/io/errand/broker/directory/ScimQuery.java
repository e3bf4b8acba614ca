package io.errand.broker.directory;

import io.errand.broker.directory.ScimPath.Comparison;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which entries are asked for, and what of them (RFC 7644 §3.4.2).
 *
 * @param attribute that has the value; null: any entry
 * @param startIndex of the first on the page, from 1
 * @param count at most on the page; 0: only how many there are
 * @param shown names of attributes in lower case, which alone are asked for; empty: all
 * @param hidden those that are not
 */
record ScimQuery(
        @Nullable Attribute attribute,
        @Nullable String value,
        int startIndex,
        int count,
        Set<String> shown,
        Set<String> hidden) {

    static final int MOST = 100;

    private static final Problem FILTER = ScimErrors.invalid(
            "invalidFilter",
            "A filter here is one comparison: userName, displayName, externalId or id, eq, and a text in quotation marks.");

    /** What may be looked for. */
    enum Attribute {
        ID,
        EXTERNAL_ID,
        USER_NAME,
        DISPLAY_NAME
    }

    private static final Map<String, Attribute> ATTRIBUTES = Map.of(
            "id", Attribute.ID,
            "externalid", Attribute.EXTERNAL_ID,
            "username", Attribute.USER_NAME,
            "displayname", Attribute.DISPLAY_NAME);

    /** The parameters as they came. */
    record Parameters(
            @Nullable String filter,
            @Nullable String startIndex,
            @Nullable String count,
            @Nullable String attributes,
            @Nullable String excludedAttributes) {

        Result<ScimQuery> read(EntryKind kind) {
            Optional<Comparison> wanted = Optional.ofNullable(filter).flatMap(ScimPath::filter);
            Attribute attribute =
                    wanted.map(one -> ATTRIBUTES.get(one.attribute())).orElse(null);
            if (filter != null
                    && (attribute == null || (kind == EntryKind.GROUP && attribute == Attribute.USER_NAME))) {
                return Result.refused(FILTER);
            }
            Optional<Integer> from = number(startIndex, 1);
            Optional<Integer> most = number(count, MOST);
            if (from.isEmpty() || most.isEmpty()) {
                return Result.refused(ScimErrors.invalid(
                        "invalidValue", "startIndex and count are whole numbers of at most nine digits."));
            }
            return Result.ok(new ScimQuery(
                    attribute,
                    wanted.map(Comparison::value).orElse(null),
                    Math.max(1, from.get()),
                    Math.clamp(most.get(), 0, MOST),
                    names(attributes),
                    names(excludedAttributes)));
        }

        private static Optional<Integer> number(@Nullable String text, int usual) {
            if (text == null) {
                return Optional.of(usual);
            }
            return text.matches("-?[0-9]{1,9}") ? Optional.of(Integer.parseInt(text)) : Optional.empty();
        }

        private static Set<String> names(@Nullable String list) {
            return list == null
                    ? Set.of()
                    : Stream.of(list.split(",", 64))
                            .map(String::strip)
                            .flatMap(name -> ScimPath.of(name).stream())
                            .map(ScimPath::attribute)
                            .collect(Collectors.toSet());
        }
    }

    /** Whether an attribute is to be in the answer; {@code id} and {@code schemas} always are. */
    boolean shows(String name) {
        String key = ScimPath.lower(name);
        return key.equals("id")
                || key.equals("schemas")
                || ((shown.isEmpty() || shown.contains(key)) && !hidden.contains(key));
    }
}
