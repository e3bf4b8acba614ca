package io.errand.broker.policy.cedar;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The attribute names that some policies mention. Cedar reaches a member of a record or an entity only by its name, so a member
 * that no policy mentions can be left out of the request; reading the request is most of the cost of a decision. Where this
 * cannot be told for sure, every member counts as mentioned: one that was left out by mistake would be an error, and deny.
 */
record ReferencedAttributes(Set<String> said, boolean everything) {

    static final ReferencedAttributes ALL = new ReferencedAttributes(Set.of(), true);

    private static final Pattern WORD = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    /** A record that is taken as a whole, to be compared for example. */
    private static final Pattern WHOLE =
            Pattern.compile("(?<!\\bhas\\s)\\b(?:context|task|session|now|approval|fingerprint|runtime)\\b"
                    + "(?!\\s*(?:\\.|\\[|\\(|has\\b))");

    static ReferencedAttributes of(Statement statement) {
        // An escape may spell a name in another way.
        if (statement.source().indexOf('\\') >= 0
                || WHOLE.matcher(statement.code()).find()) {
            return ALL;
        }
        Set<String> said = new HashSet<>();
        // With what strings hold: context["task"] is context.task.
        Matcher word = WORD.matcher(statement.source());
        while (word.find()) {
            said.add(word.group());
        }
        return new ReferencedAttributes(said, false);
    }

    static ReferencedAttributes of(Collection<ReferencedAttributes> some) {
        if (some.stream().anyMatch(ReferencedAttributes::everything)) {
            return ALL;
        }
        Set<String> said = new HashSet<>();
        some.forEach(words -> said.addAll(words.said));
        return new ReferencedAttributes(said, false);
    }

    boolean name(String member) {
        return everything || said.contains(member);
    }
}
