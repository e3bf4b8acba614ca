package io.errand.cli;

import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** One document of a file: its content, and where each member stands. */
record Document(String file, ObjectNode content, Lines lines) {

    Mistake mistake(String member, String message) {
        return Mistake.at(file, lines.of(member), member, message);
    }

    /** Lines by the path of a member, such as {@code identities[0].issuer}; they count from 1. */
    static final class Lines {

        private final int first;
        private final Map<String, Integer> members = new HashMap<>();
        private final Map<String, Integer> texts = new HashMap<>();

        Lines(int first) {
            this.first = first;
        }

        void member(String path, int line) {
            members.put(path, line);
        }

        /** Where the first line of a text value stands, which for a block is not the line of its member. */
        void text(String path, int line) {
            texts.put(path, line);
        }

        /** The line of a member, or of the nearest one around it. */
        int of(String path) {
            String at = path;
            while (!at.isEmpty()) {
                Integer line = members.get(at);
                if (line != null) {
                    return line;
                }
                at = at.substring(0, Math.max(0, Math.max(at.lastIndexOf('.'), at.lastIndexOf('['))));
            }
            return first;
        }

        int inText(String path, int line) {
            return texts.getOrDefault(path, of(path)) + line - 1;
        }
    }

    static String child(String path, String member) {
        return path.isEmpty() ? member : path + "." + member;
    }

    static String child(String path, int index) {
        return path + "[" + index + "]";
    }
}
