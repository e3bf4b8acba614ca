package io.errand.api.log;

import static io.errand.api.log.ExportFault.tampered;

import io.errand.api.Json;
import io.errand.api.log.ExportLine.Head;
import io.errand.api.log.ExportLine.Leaves;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** What was done to an export, where a line is not what it must be: told from that line and from those that follow. */
final class EntryDiagnosis {

    private final ExportReader lines;
    private final CompactRange range;

    /** @param range what was read before the line */
    EntryDiagnosis(ExportReader lines, CompactRange range) {
        this.lines = lines;
        this.range = range;
    }

    /** A line too many, where a tile's entries are over. */
    ExportFault surplus(byte[] line) {
        return tampered(
                lines.number(),
                Tampering.INSERTED,
                "This line is not in the log"
                        + place(line)
                                .map(at -> "; it says that its place is " + at)
                                .orElse("") + ".");
    }

    static boolean isDamaged(byte[] line) {
        return place(line).isEmpty();
    }

    /** The hashes of other places than the next: what is between is gone, or elsewhere, or there twice. */
    ExportFault displaced(long first) throws IOException {
        long number = lines.number();
        if (first < range.size()) {
            return tampered(
                    number,
                    Tampering.INSERTED,
                    "Here begin entries that stand above already: those from place " + first + " on.");
        }
        String sentence =
                "Here stand the entries from place " + first + " on, and not those from place " + range.size() + " on";
        for (byte[] line = lines.next(); line != null; line = lines.next()) {
            if (!ExportLine.isEntry(line)
                    && Leaves.parse(line)
                            .filter(other -> other.first() == range.size())
                            .isPresent()) {
                return tampered(
                        number, Tampering.REORDERED, sentence + ", which stand on line " + lines.number() + ".");
            }
        }
        return tampered(number, Tampering.REMOVED, sentence + ", which are gone.");
    }

    /** What happened to the entry of this place: told by whether it stands elsewhere, and by how many lines there are. */
    ExportFault diagnosed(byte[] line, byte[] hash, Leaves leaves, int at, Head head) throws IOException {
        long number = lines.number();
        byte[] expected = leaves.leaf(at);
        long place = range.size();
        long entries = ExportLine.isEntry(line) ? 1 : 0;
        long elsewhere = 0;
        for (byte[] later = lines.next(); later != null; later = lines.next()) {
            if (ExportLine.isEntry(later)) {
                entries++;
                if (elsewhere == 0 && Arrays.equals(TreeHash.leaf(later), expected)) {
                    elsewhere = lines.number();
                }
            }
        }
        long surplus = entries - (head.checkpoint().size() - place);
        String here = "At place " + place + " the log has another entry than this line";
        if (elsewhere > 0) {
            return surplus > 0
                    ? tampered(number, Tampering.INSERTED, here + "; its own is on line " + elsewhere + ".")
                    : tampered(number, Tampering.REORDERED, here + "; its own is on line " + elsewhere + ".");
        }
        boolean isLater = false;
        for (int i = at + 1; i < leaves.count(); i++) {
            isLater |= Arrays.equals(hash, leaves.leaf(i));
        }
        boolean saysLater = place(line).filter(said -> said > place).isPresent();
        if (isLater || !ExportLine.isEntry(line) || (surplus < 0 && saysLater)) {
            return tampered(
                    number,
                    Tampering.REMOVED,
                    "The entry at place " + place + " is gone: " + "this line comes after it.");
        }
        return tampered(number, Tampering.CHANGED, here + ", and its own is nowhere.");
    }

    private static Optional<Long> place(byte[] line) {
        try {
            JsonNode place = Json.mapper().readTree(line).path("place");
            return place.isIntegralNumber() ? Optional.of(place.asLong(-1)) : Optional.empty();
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }
}
