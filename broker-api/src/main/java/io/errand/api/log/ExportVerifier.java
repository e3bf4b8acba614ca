package io.errand.api.log;

import io.errand.api.Json;
import io.errand.api.log.ExportLine.Grown;
import io.errand.api.log.ExportLine.Head;
import io.errand.api.log.ExportLine.Leaves;
import io.errand.api.log.Verification.Statements;
import io.errand.api.log.Verification.Tampered;
import io.errand.api.log.Verification.Unusable;
import io.errand.api.log.Verification.Verified;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Looks through an export without the log that it is of: with its key, and perhaps a checkpoint that somebody kept. Nothing in a line is
 * believed before the hashes that lead from it to the signed root are right.
 */
public final class ExportVerifier {

    private final VerifierKey key;
    private @Nullable Checkpoint kept;
    private @Nullable ReceiptKeys receiptKeys;
    private @Nullable InputStream disclosures;

    public ExportVerifier(VerifierKey key) {
        this.key = key;
    }

    /** Also whether this checkpoint, which came another way, is of the same log and the same history. */
    public ExportVerifier against(@Nullable Checkpoint checkpoint) {
        kept = checkpoint;
        return this;
    }

    /** Also whether receipts are signed by these. */
    public ExportVerifier withReceiptKeys(@Nullable ReceiptKeys keys) {
        receiptKeys = keys;
        return this;
    }

    /** Also whether these texts are those of the digests; they are in the order of the log. */
    public ExportVerifier withDisclosures(@Nullable InputStream lines) {
        disclosures = lines;
        return this;
    }

    public Verification verify(InputStream export) throws IOException {
        return new Pass(export).run();
    }

    /** Ends the pass. */
    private static final class Found extends Exception {

        private static final long serialVersionUID = 1L;

        private final transient Verification what;

        Found(Verification what) {
            super(null, null, false, false);
            this.what = what;
        }
    }

    private final class Pass {

        private final ExportReader lines;
        private final EventChecks checks = new EventChecks(receiptKeys);
        private final @Nullable ExportReader told = disclosures == null ? null : new ExportReader(disclosures);
        private @Nullable Disclosure next;
        private long disclosed;
        private int checkpoints;
        private CompactRange range = new CompactRange();

        Pass(InputStream export) {
            lines = new ExportReader(export);
        }

        Verification run() throws IOException {
            try {
                Head head = head();
                nextDisclosure();
                Leaves leaves = null;
                while (range.size() < head.checkpoint().size()) {
                    byte[] line = lines.next();
                    if (line == null) {
                        throw found(
                                0,
                                Tampering.TRUNCATED,
                                "The export ends before the entry at place " + range.size()
                                        + ", but its checkpoint counts "
                                        + head.checkpoint().size() + " entries.");
                    }
                    if (startsGrown(line)) {
                        grown(line);
                    } else if (leaves == null || range.size() == leaves.first() + leaves.count()) {
                        leaves = leaves(line, head);
                    } else {
                        entry(line, leaves, head);
                    }
                }
                return end(head);
            } catch (Found found) {
                return found.what;
            }
        }

        private boolean startsGrown(byte[] line) {
            return !ExportLine.isEntry(line) && Grown.parse(line).isPresent();
        }

        private Found found(long line, Tampering kind, String sentence) {
            return new Found(new Tampered(line, kind, sentence));
        }

        private Found changed(String sentence) {
            return found(lines.number(), Tampering.CHANGED, sentence);
        }

        private Head head() throws IOException, Found {
            byte[] line = lines.next();
            if (line == null) {
                throw found(0, Tampering.TRUNCATED, "The export is empty.");
            }
            Head head = Head.parse(line)
                    .orElseThrow(
                            () -> changed("The first line of an export names its log and checkpoint; this does not."));
            signed(head.checkpoint());
            if (head.first() < 0 || head.first() > head.checkpoint().size()) {
                throw changed("The export begins outside of its log.");
            }
            try {
                range = CompactRange.of(head.first(), head.range());
            } catch (IllegalArgumentException e) {
                throw changed("What stands for the entries before the first one is not what there can be before it.");
            }
            since(head);
            if (head.first() == head.checkpoint().size()) {
                root(head.checkpoint(), lines.number());
            }
            kept(head);
            return head;
        }

        /** It is the log's, which says so itself. */
        private void signed(Checkpoint checkpoint) throws Found {
            if (!checkpoint.origin().equals(key.name())) {
                throw found(
                        lines.number(),
                        Tampering.ANOTHER_LOG,
                        "The checkpoint is of the log " + checkpoint.origin() + ", and the key is of " + key.name()
                                + ".");
            }
            if (checkpoint.note().signatures().size() != 1) {
                throw changed("A checkpoint in an export has the signature of its log and no other.");
            }
            if (!checkpoint.isOf(key)) {
                throw isOfAnotherKey(checkpoint)
                        ? found(
                                lines.number(),
                                Tampering.ANOTHER_LOG,
                                "The checkpoint is signed with another key than the one given.")
                        : changed("The signature of the checkpoint is not the log's.");
            }
        }

        private boolean isOfAnotherKey(Checkpoint checkpoint) {
            return checkpoint.note().signatures().stream()
                    .flatMap(line -> line.bytes().stream())
                    .noneMatch(bytes -> Arrays.equals(Arrays.copyOf(bytes, VerifierKey.ID), key.id()));
        }

        private void since(Head head) throws Found {
            Checkpoint since = head.since();
            if (since == null) {
                if (!head.consistency().isEmpty()) {
                    throw changed("There is a proof for a checkpoint, but no checkpoint.");
                }
                return;
            }
            signed(since);
            if (since.size() != head.first()
                    || !Proof.isConsistent(
                            since.size(),
                            since.root(),
                            head.checkpoint().size(),
                            head.checkpoint().root(),
                            head.consistency())) {
                throw found(
                        lines.number(),
                        Tampering.OLDER_STATE,
                        "The checkpoint that the export goes on from is not one of this log's history.");
            }
            root(since, lines.number());
        }

        private void kept(Head head) throws Found {
            if (kept == null) {
                return;
            }
            if (!kept.isOf(key)) {
                throw found(
                        0,
                        Tampering.ANOTHER_LOG,
                        "The checkpoint that was kept is not signed by this log: it names " + kept.origin()
                                + ", and the key is of " + key.name() + ".");
            }
            if (kept.size() > head.checkpoint().size()) {
                throw found(
                        lines.number(),
                        Tampering.OLDER_STATE,
                        "The export counts " + head.checkpoint().size()
                                + " entries, and the checkpoint that was kept " + kept.size()
                                + ": what came after is gone, unless the export is older than that checkpoint; then export again.");
            }
            if (kept.size() < head.first()) {
                throw new Found(new Unusable("The checkpoint that was kept, of " + kept.size()
                        + " entries, is from before the first entry of this export, which is at place " + head.first()
                        + ": verify an export that begins before it."));
            }
            keptRoot();
        }

        private void keptRoot() throws Found {
            if (kept != null && kept.size() == range.size()) {
                root(kept, lines.number());
                checkpoints++;
            }
        }

        private void root(Checkpoint checkpoint, long line) throws Found {
            if (!Arrays.equals(range.root(), checkpoint.root())) {
                throw found(
                        line,
                        Tampering.OLDER_STATE,
                        "The log has signed another history of its first " + checkpoint.size()
                                + " entries than the one in this export: an older state of it was restored and has gone on.");
            }
        }

        private void grown(byte[] line) throws Found {
            Checkpoint checkpoint = Grown.parse(line).orElseThrow().checkpoint();
            signed(checkpoint);
            if (checkpoint.size() != range.size()) {
                throw found(
                        lines.number(),
                        checkpoint.size() < range.size() ? Tampering.INSERTED : Tampering.REMOVED,
                        "This checkpoint counts " + checkpoint.size() + " entries, and before it stand " + range.size()
                                + ".");
            }
            root(checkpoint, lines.number());
            checkpoints++;
        }

        private Leaves leaves(byte[] line, Head head) throws IOException, Found {
            Leaves leaves = Leaves.parse(line).orElse(null);
            long size = head.checkpoint().size();
            if (leaves == null) {
                throw ExportLine.isEntry(line) && !isDamaged(line)
                        ? surplus(line)
                        : changed("Here must stand the hashes of the entries from place " + range.size() + " on.");
            }
            if (leaves.first() != range.size()) {
                throw displaced(leaves.first());
            }
            long end = Math.min(size, (range.size() / Tile.WIDTH + 1) * Tile.WIDTH);
            if (leaves.first() + leaves.count() != end || !leadsToRoot(leaves, head)) {
                throw changed("These hashes, of the entries from place " + leaves.first()
                        + " on, are not those of the signed log.");
            }
            return leaves;
        }

        private boolean leadsToRoot(Leaves leaves, Head head) {
            CompactRange whole = range.copy();
            for (int i = 0; i < leaves.count(); i++) {
                whole.add(leaves.leaf(i));
            }
            try {
                whole.add(head.checkpoint().size(), leaves.right());
            } catch (IllegalArgumentException e) {
                return false;
            }
            return Arrays.equals(whole.root(), head.checkpoint().root());
        }

        private void entry(byte[] line, Leaves leaves, Head head) throws IOException, Found {
            byte[] hash = TreeHash.leaf(line);
            int at = (int) (range.size() - leaves.first());
            if (!Arrays.equals(hash, leaves.leaf(at))) {
                throw diagnosed(line, hash, leaves, at, head);
            }
            if (!lines.isEnded()) {
                throw changed("The last line does not end in a line feed.");
            }
            look(line, range.size());
            range.add(hash);
            keptRoot();
        }

        private void look(byte[] line, long place) throws IOException, Found {
            JsonNode event;
            try {
                event = Json.mapper().readTree(line);
            } catch (JacksonException e) {
                throw found(lines.number(), Tampering.FALSE_STATEMENT, "The log holds this line, but it is no JSON.");
            }
            if (event.path("place").asLong(-1) != place) {
                throw found(
                        lines.number(),
                        Tampering.FALSE_STATEMENT,
                        "The log holds this line at place " + place + ", and the line says another.");
            }
            Optional<String> wrong = checks.look(event);
            if (wrong.isPresent()) {
                throw found(lines.number(), Tampering.FALSE_STATEMENT, wrong.get());
            }
            while (next != null && next.place() == place) {
                if (!next.isOf(event)) {
                    throw found(
                            lines.number(),
                            Tampering.CHANGED,
                            "What is disclosed of " + next.member()
                                    + " is not what its digest in this line is of: line "
                                    + (told == null ? 0 : told.number())
                                    + " of the disclosures.");
                }
                disclosed++;
                nextDisclosure();
            }
        }

        private void nextDisclosure() throws IOException, Found {
            byte[] line = told == null ? null : told.next();
            long before = next == null ? -1 : next.place();
            next = null;
            if (told != null && line != null) {
                next = Disclosure.parse(line)
                        .orElseThrow(() ->
                                found(0, Tampering.CHANGED, "Line " + told.number() + " of the disclosures is none."));
                if (next.place() < before || next.place() < range.size()) {
                    throw found(
                            0,
                            Tampering.REORDERED,
                            "Line " + told.number()
                                    + " of the disclosures is of a place before the line above it, or before the export.");
                }
            }
        }

        private Verification end(Head head) throws IOException, Found {
            byte[] line = lines.next();
            if (line != null) {
                throw found(
                        lines.number(),
                        Tampering.INSERTED,
                        "The log has " + head.checkpoint().size()
                                + " entries, and this line comes after the last one.");
            }
            if (next != null) {
                throw found(
                        0,
                        Tampering.CHANGED,
                        "Line " + (told == null ? 0 : told.number()) + " of the disclosures is of place " + next.place()
                                + ", which is not in this export.");
            }
            root(head.checkpoint(), 1);
            return new Verified(
                    head.checkpoint().origin(),
                    head.first(),
                    head.checkpoint().size(),
                    checkpoints + 1,
                    checks.decisions(),
                    new Statements(checks.receipts, checks.signatures, checks.approved, disclosed));
        }

        /** A line too many, where a tile's entries are over. */
        private Found surplus(byte[] line) {
            return found(
                    lines.number(),
                    Tampering.INSERTED,
                    "This line is not in the log"
                            + place(line)
                                    .map(at -> "; it says that its place is " + at)
                                    .orElse("") + ".");
        }

        private boolean isDamaged(byte[] line) {
            return place(line).isEmpty();
        }

        /** The hashes of other places than the next: what is between is gone, or elsewhere, or there twice. */
        private Found displaced(long first) throws IOException {
            long number = lines.number();
            if (first < range.size()) {
                return found(
                        number,
                        Tampering.INSERTED,
                        "Here begin entries that stand above already: those from place " + first + " on.");
            }
            String sentence = "Here stand the entries from place " + first + " on, and not those from place "
                    + range.size() + " on";
            for (byte[] line = lines.next(); line != null; line = lines.next()) {
                if (!ExportLine.isEntry(line)
                        && Leaves.parse(line)
                                .filter(other -> other.first() == range.size())
                                .isPresent()) {
                    return found(
                            number, Tampering.REORDERED, sentence + ", which stand on line " + lines.number() + ".");
                }
            }
            return found(number, Tampering.REMOVED, sentence + ", which are gone.");
        }

        /** What happened to the entry of this place: told by whether it stands elsewhere, and by how many lines there are. */
        private Found diagnosed(byte[] line, byte[] hash, Leaves leaves, int at, Head head) throws IOException {
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
                        ? found(number, Tampering.INSERTED, here + "; its own is on line " + elsewhere + ".")
                        : found(number, Tampering.REORDERED, here + "; its own is on line " + elsewhere + ".");
            }
            boolean isLater = false;
            for (int i = at + 1; i < leaves.count(); i++) {
                isLater |= Arrays.equals(hash, leaves.leaf(i));
            }
            boolean saysLater = place(line).filter(said -> said > place).isPresent();
            if (isLater || !ExportLine.isEntry(line) || (surplus < 0 && saysLater)) {
                return found(
                        number,
                        Tampering.REMOVED,
                        "The entry at place " + place + " is gone: " + "this line comes after it.");
            }
            return found(number, Tampering.CHANGED, here + ", and its own is nowhere.");
        }

        private Optional<Long> place(byte[] line) {
            try {
                JsonNode place = Json.mapper().readTree(line).path("place");
                return place.isIntegralNumber() ? Optional.of(place.asLong(-1)) : Optional.empty();
            } catch (JacksonException e) {
                return Optional.empty();
            }
        }
    }
}
