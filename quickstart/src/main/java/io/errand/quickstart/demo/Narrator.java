package io.errand.quickstart.demo;

import java.io.PrintWriter;
import java.util.List;

/** The layout of the story. Colours only where a person looks at a terminal and has not asked for none (no-color.org). */
final class Narrator {

    private static final String INDENT = "   ";
    private static final int WIDTH = 92;

    private final PrintWriter out;
    private final boolean colours;

    Narrator(PrintWriter out, boolean colours) {
        this.out = out;
        this.colours = colours;
    }

    void heading(String text) {
        line(style("1", text));
        line("");
    }

    void step(int number, String title) {
        line("");
        line(style("1;36", number + "  ") + style("1", title));
    }

    /** A paragraph. */
    void say(String text) {
        StringBuilder row = new StringBuilder();
        for (String word : text.split(" ")) {
            if (!row.isEmpty() && row.length() + word.length() >= WIDTH) {
                line(INDENT + row);
                row.setLength(0);
            }
            row.append(row.isEmpty() ? "" : " ").append(word);
        }
        line(INDENT + row);
    }

    /** What one would type in a shell. */
    void typed(String command) {
        typed("$ ", command);
    }

    /** What the agent's program sends to the database. */
    void sql(String statement) {
        typed("orders=> ", statement + ";");
    }

    private void typed(String prompt, String text) {
        line("");
        String start = prompt;
        for (String row : text.split("\n")) {
            line(INDENT + style("33", start + row));
            start = " ".repeat(prompt.length());
        }
    }

    /** What comes back. */
    void answer(String text) {
        for (String row : text.split("\n")) {
            line(INDENT + style("2", "  " + row));
        }
    }

    void table(List<List<String>> rows) {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                text.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
            }
            answer(text.toString().stripTrailing());
        }
    }

    /** Holds what the step promised against what is so. */
    void proof(boolean holds, String promise, String seen) {
        if (!holds) {
            throw new ProofFailed(promise, seen);
        }
        line(INDENT + style("32", "✓ ") + promise);
    }

    void failed(ProofFailed failure) {
        line(INDENT + style("31", "✗ ") + failure.getMessage());
        line(INDENT + "  seen instead: " + failure.seen());
    }

    void line(String text) {
        out.println(text);
        out.flush();
    }

    private String style(String code, String text) {
        return colours ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
