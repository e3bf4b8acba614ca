package io.errand.broker.console;

import java.util.ArrayList;
import java.util.List;

/**
 * A text that somebody else wrote, as runs of what can be seen and marks for what cannot: characters that show nothing, or make
 * others show elsewhere than they stand (bidirectional overrides), could make a person approve another request than this one.
 */
record SanitizedText(List<Run> runs) {

    /** Accents on one letter, of any script. More of them reach over the lines around theirs, and cover what stands there. */
    private static final int MOST_ACCENTS = 4;

    /** @param mark whether it names a character, such as {@code U+202E}, instead of showing it */
    record Run(String text, boolean mark) {}

    static SanitizedText of(String text) {
        List<Run> runs = new ArrayList<>();
        StringBuilder plain = new StringBuilder();
        int accents = 0;
        for (int character : text.codePoints().toArray()) {
            accents = isAccent(character) ? accents + 1 : 0;
            if (isSeen(character) && accents <= MOST_ACCENTS) {
                plain.appendCodePoint(character);
            } else {
                flush(plain, runs);
                runs.add(new Run("U+%04X".formatted(character), true));
            }
        }
        flush(plain, runs);
        return new SanitizedText(List.copyOf(runs));
    }

    private static void flush(StringBuilder plain, List<Run> runs) {
        if (!plain.isEmpty()) {
            runs.add(new Run(plain.toString(), false));
            plain.setLength(0);
        }
    }

    private static boolean isAccent(int character) {
        int type = Character.getType(character);
        return type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK;
    }

    private static boolean isSeen(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> false;
            case Character.SPACE_SEPARATOR -> character == ' ';
            default -> !isBlankLetter(character);
        };
    }

    /** Letters and marks by their category that show nothing (Unicode's Default_Ignorable_Code_Point, and Braille's blank). */
    private static boolean isBlankLetter(int character) {
        return character == 0x034F
                || character == 0x115F
                || character == 0x1160
                || character == 0x17B4
                || character == 0x17B5
                || character == 0x2800
                || character == 0x3164
                || character == 0xFFA0
                || (character >= 0x180B && character <= 0x180F)
                || (character >= 0xFE00 && character <= 0xFE0F)
                || (character >= 0xE0100 && character <= 0xE01EF);
    }
}
