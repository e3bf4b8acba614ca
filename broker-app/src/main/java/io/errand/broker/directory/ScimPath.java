package io.errand.broker.directory;

import io.errand.api.Json;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Which attribute is meant (RFC 7644 §3.5.2, figure 7): {@code active}, {@code emails[type eq "work"].value}, with or without the URN
 * of its schema. Of filters there is one comparison, {@code eq}: more is not needed of what is kept here.
 *
 * @param schema in lower case; null: that of the resource
 * @param attribute in lower case
 * @param filter null: none
 * @param sub a part of the attribute, in lower case; null: all of it
 */
record ScimPath(
        @Nullable String schema,
        String attribute,
        @Nullable Comparison filter,
        @Nullable String sub) {

    /** The longest path or filter that is read. */
    static final int MOST = 1024;

    private static final String NAME = "[A-Za-z$][A-Za-z0-9_$-]{0,63}";
    private static final String COMPARISON =
            "(" + NAME + "(?:\\." + NAME + ")?)\\s+[eE][qQ]\\s+(\"(?:[^\"\\\\]|\\\\.)*+\"|true|false)";

    private static final Pattern PATH = Pattern.compile("(?:([uU][rR][nN]:[A-Za-z0-9:._-]{1,200}):)?(" + NAME
            + ")(?:\\[\\s*" + COMPARISON + "\\s*\\])?(?:\\.(" + NAME + "))?");

    private static final Pattern FILTER = Pattern.compile("\\s*" + COMPARISON + "\\s*");

    /**
     * {@code attribute eq "value"}.
     *
     * @param attribute in lower case
     * @param value of text what it says; {@code true} or {@code false} otherwise
     */
    record Comparison(String attribute, String value) {

        private static Optional<Comparison> of(String attribute, String value) {
            if (!value.startsWith("\"")) {
                return Optional.of(new Comparison(lower(attribute), value));
            }
            try {
                return Optional.of(
                        new Comparison(lower(attribute), Json.mapper().readValue(value, String.class)));
            } catch (JacksonException e) {
                return Optional.empty();
            }
        }
    }

    /** Empty: it is none, or one of another form. */
    static Optional<Comparison> filter(String text) {
        Matcher found = FILTER.matcher(text);
        return text.length() <= MOST && found.matches()
                ? Comparison.of(found.group(1), found.group(2))
                : Optional.empty();
    }

    /** Empty: it is none. */
    static Optional<ScimPath> of(String text) {
        Matcher found = PATH.matcher(text);
        if (text.length() > MOST || !found.matches()) {
            return Optional.empty();
        }
        Optional<Comparison> filter =
                found.group(3) == null ? Optional.empty() : Comparison.of(found.group(3), found.group(4));
        if (found.group(3) != null && filter.isEmpty()) {
            return Optional.empty();
        }
        String schema = found.group(1);
        String sub = found.group(5);
        return Optional.of(new ScimPath(
                schema == null ? null : lower(schema),
                lower(found.group(2)),
                filter.orElse(null),
                sub == null ? null : lower(sub)));
    }

    /** Whether it is an attribute of the resource itself, and of no extension. */
    boolean isOf(EntryKind kind) {
        return schema == null || schema.equals(lower(kind.schema()));
    }

    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
