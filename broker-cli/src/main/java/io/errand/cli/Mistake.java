package io.errand.cli;

import org.jspecify.annotations.Nullable;

/**
 * Something wrong in a file.
 *
 * @param line counts from 1
 * @param column counts from 1; null where only the line is known
 * @param member path of the member, empty where the whole document is meant
 */
record Mistake(String file, int line, @Nullable Integer column, String member, String message) {

    static Mistake at(String file, int line, String member, String message) {
        return new Mistake(file, line, null, member, message);
    }

    @Override
    public String toString() {
        return file + ":" + line + (column == null ? "" : ":" + column) + ": " + (member.isEmpty() ? "" : member + ": ")
                + message;
    }
}
