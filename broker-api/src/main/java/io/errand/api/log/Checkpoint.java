package io.errand.api.log;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The signed state of a log (C2SP {@code tlog-checkpoint}): how many entries it has, and the root over them.
 *
 * @param origin the log's name
 * @param size number of entries
 * @param root 32 bytes
 * @param note the text with its signatures
 */
@SuppressWarnings("ArrayRecordComponent") // told apart by the note
public record Checkpoint(String origin, long size, byte[] root, SignedNote note) {

    private static final Pattern SIZE = Pattern.compile("0|[1-9][0-9]{0,17}");

    /** Empty: this is no signed note, or its text is no checkpoint. Whether the signature is right is not looked at. */
    public static Optional<Checkpoint> parse(String note) {
        return SignedNote.parse(note).flatMap(Checkpoint::of);
    }

    private static Optional<Checkpoint> of(SignedNote note) {
        String[] lines = note.text().split("\n", -1);
        if (lines.length < 4 || lines[0].isEmpty() || !SIZE.matcher(lines[1]).matches()) {
            return Optional.empty();
        }
        return Base64Text.read(lines[2])
                .filter(root -> root.length == TreeHash.BYTES)
                .map(root -> new Checkpoint(lines[0], Long.parseLong(lines[1]), root, note));
    }

    static String text(String origin, long size, byte[] root) {
        return origin + "\n" + size + "\n" + Base64Text.of(root) + "\n";
    }

    /** Whether the log that this key belongs to signed it. */
    public boolean isOf(VerifierKey key) {
        return origin.equals(key.name()) && note.isSignedBy(key);
    }

    /** The same without the signatures of anybody but the log. */
    public Checkpoint alone() {
        return new Checkpoint(
                origin,
                size,
                root,
                new SignedNote(
                        note.text(),
                        note.signatures().stream()
                                .filter(line -> line.name().equals(origin))
                                .toList()));
    }

    /** The same with further signatures, each a line of a signed note; what is no signature is left out. */
    public Checkpoint with(List<String> lines) {
        return parse(this + String.join("", lines)).filter(this::isSame).orElse(this);
    }

    private boolean isSame(Checkpoint other) {
        return note.text().equals(other.note.text());
    }

    /** Whether the log has signed it once and the other signatures are other keys': what witnesses add. */
    boolean hasOneSignatureOfItsLog() {
        return note.signatures().stream()
                        .filter(line -> line.name().equals(origin))
                        .count()
                == 1;
    }

    /** The signed note. */
    @Override
    public String toString() {
        return note.toString();
    }
}
