package io.errand.api.log;

import static io.errand.api.log.ExportFault.tampered;

import io.errand.api.Json;
import io.errand.api.log.ExportLine.Grown;
import io.errand.api.log.ExportLine.Head;
import io.errand.api.log.ExportLine.Leaves;
import io.errand.api.log.Verification.Statements;
import io.errand.api.log.Verification.Verified;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** One look through an export, from its first line to its last. */
final class ExportPass {

    private final ExportReader lines;
    private final ExportCheckpoints checkpoints;
    private final EventChecks checks;
    private final DisclosedTexts texts;
    private final Consumer<JsonNode> reader;
    private CompactRange range = new CompactRange();

    ExportPass(
            ExportReader lines,
            ExportCheckpoints checkpoints,
            EventChecks checks,
            DisclosedTexts texts,
            Consumer<JsonNode> reader) {
        this.lines = lines;
        this.checkpoints = checkpoints;
        this.checks = checks;
        this.texts = texts;
        this.reader = reader;
    }

    private ExportFault changed(String sentence) {
        return tampered(lines.number(), Tampering.CHANGED, sentence);
    }

    private EntryDiagnosis diagnosis() {
        return new EntryDiagnosis(lines, range);
    }

    Verification run() throws IOException {
        try {
            Head head = head();
            texts.begin(range.size());
            Leaves leaves = null;
            while (range.size() < head.checkpoint().size()) {
                byte[] line = lines.next();
                if (line == null) {
                    throw tampered(
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
        } catch (ExportFault fault) {
            return fault.what();
        }
    }

    private static boolean startsGrown(byte[] line) {
        return !ExportLine.isEntry(line) && Grown.parse(line).isPresent();
    }

    private Head head() throws IOException, ExportFault {
        byte[] line = lines.next();
        if (line == null) {
            throw tampered(0, Tampering.TRUNCATED, "The export is empty.");
        }
        Head head = Head.parse(line)
                .orElseThrow(() -> changed("The first line of an export names its log and checkpoint; this does not."));
        checkpoints.signed(head.checkpoint(), lines.number());
        if (head.first() < 0 || head.first() > head.checkpoint().size()) {
            throw changed("The export begins outside of its log.");
        }
        try {
            range = CompactRange.of(head.first(), head.range());
        } catch (IllegalArgumentException e) {
            throw changed("What stands for the entries before the first one is not what there can be before it.");
        }
        checkpoints.since(head, range, lines.number());
        if (head.first() == head.checkpoint().size()) {
            checkpoints.root(head.checkpoint(), range, lines.number());
        }
        checkpoints.kept(head, range, lines.number());
        return head;
    }

    private void grown(byte[] line) throws ExportFault {
        Checkpoint checkpoint = Grown.parse(line).orElseThrow().checkpoint();
        checkpoints.signed(checkpoint, lines.number());
        if (checkpoint.size() != range.size()) {
            throw tampered(
                    lines.number(),
                    checkpoint.size() < range.size() ? Tampering.INSERTED : Tampering.REMOVED,
                    "This checkpoint counts " + checkpoint.size() + " entries, and before it stand " + range.size()
                            + ".");
        }
        checkpoints.agrees(checkpoint, range, lines.number());
    }

    private Leaves leaves(byte[] line, Head head) throws IOException, ExportFault {
        Leaves leaves = Leaves.parse(line).orElse(null);
        long size = head.checkpoint().size();
        if (leaves == null) {
            throw ExportLine.isEntry(line) && !EntryDiagnosis.isDamaged(line)
                    ? diagnosis().surplus(line)
                    : changed("Here must stand the hashes of the entries from place " + range.size() + " on.");
        }
        if (leaves.first() != range.size()) {
            throw diagnosis().displaced(leaves.first());
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

    private void entry(byte[] line, Leaves leaves, Head head) throws IOException, ExportFault {
        byte[] hash = TreeHash.leaf(line);
        int at = (int) (range.size() - leaves.first());
        if (!Arrays.equals(hash, leaves.leaf(at))) {
            throw diagnosis().diagnosed(line, hash, leaves, at, head);
        }
        if (!lines.isEnded()) {
            throw changed("The last line does not end in a line feed.");
        }
        look(line, range.size());
        range.add(hash);
        checkpoints.at(range, lines.number());
    }

    private void look(byte[] line, long place) throws IOException, ExportFault {
        JsonNode event;
        try {
            event = Json.mapper().readTree(line);
        } catch (JacksonException e) {
            throw tampered(lines.number(), Tampering.FALSE_STATEMENT, "The log holds this line, but it is no JSON.");
        }
        if (event.path("place").asLong(-1) != place) {
            throw tampered(
                    lines.number(),
                    Tampering.FALSE_STATEMENT,
                    "The log holds this line at place " + place + ", and the line says another.");
        }
        Optional<String> wrong = checks.look(event);
        if (wrong.isPresent()) {
            throw tampered(lines.number(), Tampering.FALSE_STATEMENT, wrong.get());
        }
        texts.look(event, place, lines.number());
        reader.accept(event);
    }

    private Verification end(Head head) throws IOException, ExportFault {
        byte[] line = lines.next();
        if (line != null) {
            throw tampered(
                    lines.number(),
                    Tampering.INSERTED,
                    "The log has " + head.checkpoint().size() + " entries, and this line comes after the last one.");
        }
        texts.end();
        checkpoints.root(head.checkpoint(), range, 1);
        checkpoints.enough();
        return new Verified(
                head.checkpoint().origin(),
                head.first(),
                head.checkpoint().size(),
                checkpoints.agreed() + 1,
                checkpoints.witnessed(),
                checks.decisions(),
                new Statements(checks.receipts, checks.signatures, checks.approved, texts.disclosed()));
    }
}
