package io.errand.broker.policy.cedar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One policy of a text, up to and including its semicolon. Cedar's parser gives a set without the places of its members and
 * without their {@code @id}, so the text is cut here: outside strings and comments, a semicolon ends a policy and is nothing
 * else.
 *
 * @param source as it was written
 * @param code the same length, with comments and the insides of strings blanked out
 * @param offset of its first character in the whole text
 */
public record Statement(String source, String code, int offset) {

    /**
     * Characters of one policy, levels of brackets and number of {@code if}. Cedar's parser recurses for each without looking at
     * its stack, and an overflow there ends the process: see {@link LargeStackExecutor}.
     */
    static final int MAX_LENGTH = 16 * 1024;

    public static final int MAX_DEPTH = 16;
    static final int MAX_CONDITIONALS = 16;

    private static final Pattern CONDITIONAL = Pattern.compile("\\bif\\b");

    public static List<Statement> split(String text) {
        List<Statement> statements = new ArrayList<>();
        String code = blank(text);
        int start = 0;
        for (int end = code.indexOf(';'); end >= 0; end = code.indexOf(';', start)) {
            statements.add(new Statement(text.substring(start, end + 1), code.substring(start, end + 1), start));
            start = end + 1;
        }
        if (!code.substring(start).isBlank()) {
            statements.add(new Statement(text.substring(start), code.substring(start), start));
        }
        return statements;
    }

    /** What makes it too large to be parsed. */
    Optional<PolicyError> excess(String text) {
        if (source.length() > MAX_LENGTH) {
            return Optional.of(
                    PolicyError.at(text, firstWord(), "A policy has at most " + MAX_LENGTH + " characters; split it."));
        }
        int depth = 0;
        for (int i = 0; i < code.length(); i++) {
            char c = code.charAt(i);
            if (c == '(' || c == '[' || c == '{') {
                depth++;
            } else if (c == ')' || c == ']' || c == '}') {
                depth--;
            }
            if (depth > MAX_DEPTH) {
                return Optional.of(PolicyError.at(
                        text, offset + i, "Brackets are nested at most " + MAX_DEPTH + " deep; split the policy."));
            }
        }
        Matcher conditional = CONDITIONAL.matcher(code);
        for (int found = 0; conditional.find(); found++) {
            if (found == MAX_CONDITIONALS) {
                return Optional.of(PolicyError.at(
                        text,
                        offset + conditional.start(),
                        "A policy has at most " + MAX_CONDITIONALS + " 'if'; split it."));
            }
        }
        return Optional.empty();
    }

    /** The place after the bracket that closes the one before {@code from}; the end, if there is none. */
    int closing(int from) {
        int depth = 1;
        for (int i = from; i < code.length(); i++) {
            char c = code.charAt(i);
            if (c == '(' || c == '[' || c == '{') {
                depth++;
            } else if (c == ')' || c == ']' || c == '}') {
                depth--;
            }
            if (depth == 0) {
                return i + 1;
            }
        }
        return code.length();
    }

    /** Where the annotation stands in the whole text. */
    int annotation(String name) {
        Matcher at = Pattern.compile("@\\s*" + Pattern.quote(name) + "\\b").matcher(code);
        return at.find() ? offset + at.start() : firstWord();
    }

    /** The place in the whole text of a place that Cedar names, which counts bytes of UTF-8. */
    int place(int bytes) {
        byte[] all = source.getBytes(StandardCharsets.UTF_8);
        return offset + new String(all, 0, Math.clamp(bytes, 0, all.length), StandardCharsets.UTF_8).length();
    }

    private int firstWord() {
        int leading = 0;
        while (leading < code.length() - 1 && Character.isWhitespace(code.charAt(leading))) {
            leading++;
        }
        return offset + leading;
    }

    private static String blank(String text) {
        char[] code = text.toCharArray();
        for (int i = 0; i < code.length; i++) {
            if (code[i] == '"') {
                for (i++; i < code.length && code[i] != '"'; i++) {
                    if (code[i] == '\\' && i + 1 < code.length) {
                        code[i++] = '_';
                    }
                    code[i] = '_';
                }
            } else if (code[i] == '/' && i + 1 < code.length && code[i + 1] == '/') {
                for (; i < code.length && code[i] != '\n' && code[i] != '\r'; i++) {
                    code[i] = ' ';
                }
            }
        }
        return new String(code);
    }
}
