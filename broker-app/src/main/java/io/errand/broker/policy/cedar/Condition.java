package io.errand.broker.policy.cedar;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a policy says, head and all, as one expression: true where it applies, and failing where it fails. */
final class Condition {

    private static final List<String> VARIABLES = List.of("principal", "action", "resource");

    private static final Pattern CLAUSE = Pattern.compile("\\s*(when|unless)\\s*\\{");

    private Condition() {}

    /** Empty: it is not understood here. */
    static Optional<String> of(Statement statement) {
        Matcher effect = PolicyScope.EFFECT.matcher(statement.code());
        if (!effect.find()) {
            return Optional.empty();
        }
        int end = statement.closing(effect.end());
        List<Piece> head = head(statement, effect.end(), end - 1);
        if (head.size() != VARIABLES.size()) {
            return Optional.empty();
        }
        // Cedar asks the same in this order, and no further than to the first that is not so.
        List<String> all = new ArrayList<>();
        for (int i = 0; i < head.size(); i++) {
            String code = head.get(i).code().strip();
            if (!code.startsWith(VARIABLES.get(i))) {
                return Optional.empty();
            }
            if (!code.equals(VARIABLES.get(i))) {
                all.add(head.get(i).bracketed());
            }
        }
        Matcher clause = CLAUSE.matcher(statement.code());
        while (clause.region(end, statement.code().length()).lookingAt()) {
            end = statement.closing(clause.end());
            String said = Piece.of(statement, clause.end(), end - 1).bracketed();
            all.add(clause.group(1).equals("when") ? said : "!" + said);
        }
        return statement.code().substring(end).strip().equals(";")
                ? Optional.of(all.isEmpty() ? "true" : String.join(" && ", all))
                : Optional.empty();
    }

    private record Piece(String source, String code) {

        static Piece of(Statement statement, int from, int to) {
            return new Piece(
                    statement.source().substring(from, to), statement.code().substring(from, to));
        }

        /** It may end in a comment. */
        String bracketed() {
            return "(" + source + "\n)";
        }
    }

    private static List<Piece> head(Statement statement, int from, int to) {
        List<Piece> parts = new ArrayList<>();
        int start = from;
        for (int i = from; i < to; i++) {
            char c = statement.code().charAt(i);
            if (c == '[') {
                i = statement.closing(i + 1) - 1;
            } else if (c == ',') {
                parts.add(Piece.of(statement, start, i));
                start = i + 1;
            }
        }
        parts.add(Piece.of(statement, start, to));
        return parts;
    }
}
