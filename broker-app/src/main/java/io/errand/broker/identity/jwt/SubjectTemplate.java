package io.errand.broker.identity.jwt;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A subject made of claims, such as <code>{repository}:{environment}</code>. Two different sets of values never make the same
 * subject: between two claims stands a separator, and a value with any of the template's separators in it is refused, so every
 * separator of the result is the template's own and its place says which claim is where.
 *
 * @param literals what stands before, between and after the claims; one more than claims
 */
record SubjectTemplate(List<String> claims, List<String> literals) {

    private static final int MAX_LENGTH = 1024;
    private static final int MAX_VALUE = 255;
    private static final Pattern CLAIM = Pattern.compile("\\{([A-Za-z0-9_.:/-]{1,128})}");
    private static final Pattern LITERAL = Pattern.compile("[!-z|~]*");

    /** Empty where it has no claim, or where two claims are not kept apart. */
    static Optional<SubjectTemplate> parse(String text) {
        if (text.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        List<String> claims = new ArrayList<>();
        List<String> literals = new ArrayList<>();
        Matcher claim = CLAIM.matcher(text);
        int end = 0;
        while (claim.find()) {
            literals.add(text.substring(end, claim.start()));
            claims.add(claim.group(1));
            end = claim.end();
        }
        literals.add(text.substring(end));
        boolean isPlain = literals.stream().allMatch(one -> LITERAL.matcher(one).matches());
        boolean isApart = literals.subList(1, Math.max(1, literals.size() - 1)).stream()
                .allMatch(between -> between.chars().anyMatch(SubjectTemplate::isSeparator));
        return claims.isEmpty() || !isPlain || !isApart
                ? Optional.empty()
                : Optional.of(new SubjectTemplate(List.copyOf(claims), List.copyOf(literals)));
    }

    /** Empty where a claim is absent, no text, or could be taken for something else. */
    Optional<String> subject(Map<String, Object> token) {
        StringBuilder subject = new StringBuilder(literals.getFirst());
        for (int i = 0; i < claims.size(); i++) {
            if (!(token.get(claims.get(i)) instanceof String value) || !isPlain(value)) {
                return Optional.empty();
            }
            subject.append(value).append(literals.get(i + 1));
        }
        return Optional.of(subject.toString());
    }

    private boolean isPlain(String value) {
        return !value.isBlank()
                && value.length() <= MAX_VALUE
                && value.chars().noneMatch(c -> Character.isISOControl(c) || isOwnSeparator(c));
    }

    private boolean isOwnSeparator(int c) {
        return isSeparator(c) && literals.stream().anyMatch(literal -> literal.indexOf(c) >= 0);
    }

    private static boolean isSeparator(int c) {
        return !Character.isLetterOrDigit(c);
    }
}
