package io.errand.cli.mcp;

import java.util.Collection;
import java.util.stream.Collectors;

/** Names that a client or a server chose, as a person may be shown them. */
final class Names {

    private static final int LONGEST = 80;
    private static final int MOST = 20;

    private Names() {}

    /** Without control and format characters, and cut. */
    static String plain(String name) {
        return plain(name, LONGEST);
    }

    static String plain(String text, int longest) {
        String line = text.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?");
        return line.length() > longest ? line.substring(0, longest) + "…" : line;
    }

    static String plain(Collection<String> names) {
        String first = names.stream().limit(MOST).map(Names::plain).collect(Collectors.joining(", "));
        return names.size() > MOST ? first + " and " + (names.size() - MOST) + " more" : first;
    }
}
