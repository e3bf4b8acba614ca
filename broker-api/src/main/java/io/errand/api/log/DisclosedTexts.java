package io.errand.api.log;

import static io.errand.api.log.ExportFault.tampered;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Texts that stand in the log as digests, read beside its entries and in their order: whether they are those. */
final class DisclosedTexts {

    private final @Nullable ExportReader told;
    private @Nullable Disclosure next;
    private long disclosed;

    /** @param lines null: there are none */
    DisclosedTexts(@Nullable InputStream lines) {
        told = lines == null ? null : new ExportReader(lines);
    }

    /** How many were those of their digests. */
    long disclosed() {
        return disclosed;
    }

    /**
     * The first one.
     *
     * @param first the place of the export's first entry
     */
    void begin(long first) throws IOException, ExportFault {
        read(first);
    }

    /** Those of one entry. */
    void look(JsonNode event, long place, long line) throws IOException, ExportFault {
        while (next != null && next.place() == place) {
            if (!next.isOf(event)) {
                throw tampered(
                        line,
                        Tampering.CHANGED,
                        "What is disclosed of " + next.member() + " is not what its digest in this line is of: line "
                                + number() + " of the disclosures.");
            }
            disclosed++;
            read(place);
        }
    }

    /** After the last entry. */
    void end() throws ExportFault {
        if (next != null) {
            throw tampered(
                    0,
                    Tampering.CHANGED,
                    "Line " + number() + " of the disclosures is of place " + next.place()
                            + ", which is not in this export.");
        }
    }

    private long number() {
        return told == null ? 0 : told.number();
    }

    private void read(long least) throws IOException, ExportFault {
        byte[] line = told == null ? null : told.next();
        long before = next == null ? -1 : next.place();
        next = null;
        if (line != null) {
            next = Disclosure.parse(line)
                    .orElseThrow(
                            () -> tampered(0, Tampering.CHANGED, "Line " + number() + " of the disclosures is none."));
            if (next.place() < before || next.place() < least) {
                throw tampered(
                        0,
                        Tampering.REORDERED,
                        "Line " + number()
                                + " of the disclosures is of a place before the line above it, or before the export.");
            }
        }
    }
}
