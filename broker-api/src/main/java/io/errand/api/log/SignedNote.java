package io.errand.api.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A text and who signed it (C2SP {@code signed-note}): the text, which ends in a line feed, an empty line, and a line for each signature.
 *
 * @param text with its last line feed
 */
public record SignedNote(String text, List<Line> signatures) {

    private static final String DASH = "\u2014 ";

    /** Signatures of a note, at most; what has more is not read. */
    private static final int MOST = 100;

    /** One signature: whose, and the id of its key with what it made, in base64. */
    public record Line(String name, String base64) {

        Optional<byte[]> bytes() {
            return Base64Text.read(base64).filter(bytes -> bytes.length > VerifierKey.ID);
        }

        @Override
        public String toString() {
            return DASH + name + " " + base64 + "\n";
        }
    }

    /** Empty: this is no signed note. */
    public static Optional<SignedNote> parse(String note) {
        int end = note.length() < 3 ? -1 : note.lastIndexOf("\n\n", note.length() - 3);
        if (end < 0 || !note.endsWith("\n") || note.chars().anyMatch(c -> c < ' ' && c != '\n')) {
            return Optional.empty();
        }
        List<Line> signatures = new ArrayList<>();
        for (String line : note.substring(end + 2, note.length() - 1).split("\n", -1)) {
            String[] words = line.split(" ", -1);
            if (!line.startsWith(DASH) || words.length != 3 || signatures.size() == MOST) {
                return Optional.empty();
            }
            Line signature = new Line(words[1], words[2]);
            if (!VerifierKey.isName(signature.name) || signature.bytes().isEmpty()) {
                return Optional.empty();
            }
            signatures.add(signature);
        }
        return Optional.of(new SignedNote(note.substring(0, end + 1), List.copyOf(signatures)));
    }

    /** Whether one of the signatures is this key's. */
    public boolean isSignedBy(VerifierKey key) {
        return signatures.stream()
                .filter(line -> line.name.equals(key.name()))
                .flatMap(line -> line.bytes().stream())
                .filter(bytes -> Arrays.equals(Arrays.copyOf(bytes, VerifierKey.ID), key.id()))
                .anyMatch(bytes -> key.verifies(
                        text.getBytes(StandardCharsets.UTF_8),
                        Arrays.copyOfRange(bytes, VerifierKey.ID, bytes.length)));
    }

    @Override
    public String toString() {
        StringBuilder note = new StringBuilder(text).append('\n');
        signatures.forEach(note::append);
        return note.toString();
    }
}
