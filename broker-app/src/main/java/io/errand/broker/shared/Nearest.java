package io.errand.broker.shared;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Names that a wrong one may have been meant for, by edit distance (Levenshtein). */
public final class Nearest {

    private static final int MOST = 3;

    /** Of longer names no more is compared, so that a mistake costs milliseconds among ten thousand names. */
    private static final int COMPARED = 64;

    private Nearest() {}

    private record Candidate(String name, int distance) {}

    /** At most three, the nearest first: those that differ in a third of their letters, or less, or that end with what was said. */
    public static List<String> to(String said, Collection<String> names) {
        String wrong = head(said);
        int most = Math.max(2, wrong.length() / 3);
        return names.stream()
                .map(name -> new Candidate(name, distance(said, wrong, name)))
                .filter(candidate -> candidate.distance() <= most)
                .sorted(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name))
                .limit(MOST)
                .map(Candidate::name)
                .toList();
    }

    /** A person is often called by the last part of their name alone. */
    private static int distance(String said, String wrong, String name) {
        return name.endsWith(":" + said) ? 0 : distance(wrong, head(name));
    }

    private static String head(String name) {
        return name.length() <= COMPARED ? name : name.substring(0, COMPARED);
    }

    private static int distance(String one, String other) {
        int[] above = new int[other.length() + 1];
        for (int j = 0; j < above.length; j++) {
            above[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int[] row = new int[above.length];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int changed = above[j - 1] + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(changed, Math.min(row[j - 1], above[j]) + 1);
            }
            above = row;
        }
        return above[other.length()];
    }
}
