package io.errand.cli;

import java.io.PrintWriter;
import java.util.List;

/** Columns as wide as what they hold. */
record Table(List<String> head) {

    void print(List<List<String>> rows, PrintWriter out) {
        int[] widths = new int[head.size()];
        for (int i = 0; i < widths.length; i++) {
            int column = i;
            widths[i] = Math.max(
                    head.get(i).length(),
                    rows.stream()
                            .mapToInt(row -> plain(row.get(column)).length())
                            .max()
                            .orElse(0));
        }
        line(head, widths, out);
        rows.forEach(row -> line(row, widths, out));
    }

    private static void line(List<String> cells, int[] widths, PrintWriter out) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = plain(cells.get(i));
            line.append(cell).repeat(' ', widths[i] - cell.length() + 2);
        }
        out.println(line.toString().stripTrailing());
    }

    /** What others wrote may hold control characters and bidi overrides: shown, not obeyed. */
    static String plain(String text) {
        StringBuilder shown = new StringBuilder();
        text.codePoints().forEach(point -> {
            switch (Character.getType(point)) {
                case Character.CONTROL,
                        Character.FORMAT,
                        Character.LINE_SEPARATOR,
                        Character.PARAGRAPH_SEPARATOR,
                        Character.SURROGATE ->
                    shown.append("\\u{").append(Integer.toHexString(point)).append('}');
                default -> shown.appendCodePoint(point);
            }
        });
        return shown.toString();
    }
}
