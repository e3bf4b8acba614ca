package io.errand.api.log;

import static io.errand.api.log.ExportFault.tampered;

import io.errand.api.log.ExportLine.Head;
import io.errand.api.log.Verification.Unusable;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Whether the checkpoints in an export, and one that was kept, are its log's and of one history; and whether witnesses have seen it. */
final class ExportCheckpoints {

    private final VerifierKey key;
    private final @Nullable Checkpoint kept;
    private final @Nullable WitnessPolicy witnesses;
    private int agreed;
    private long witnessed;

    ExportCheckpoints(VerifierKey key, @Nullable Checkpoint kept, @Nullable WitnessPolicy witnesses) {
        this.key = key;
        this.kept = kept;
        this.witnesses = witnesses;
    }

    /** How many were found consistent with what was read, the export's own not among them. */
    int agreed() {
        return agreed;
    }

    /** How many entries there are in the largest checkpoint that enough witnesses have cosigned; 0: there is none, or none was asked for. */
    long witnessed() {
        return witnessed;
    }

    /** Only now is it certain that all of them are one history. */
    void enough() throws ExportFault {
        if (witnesses != null && witnessed == 0) {
            throw new ExportFault(
                    new Unusable("No checkpoint in this export is cosigned by " + witnesses.needed() + " of the "
                            + witnesses.keys().size()
                            + " witnesses that were given: export again when they have, or see what errand doctor"
                            + " says of them."));
        }
    }

    private static ExportFault changed(long line, String sentence) {
        return tampered(line, Tampering.CHANGED, sentence);
    }

    /** It is the log's, which says so itself. */
    void signed(Checkpoint checkpoint, long line) throws ExportFault {
        if (!checkpoint.origin().equals(key.name())) {
            throw tampered(
                    line,
                    Tampering.ANOTHER_LOG,
                    "The checkpoint is of the log " + checkpoint.origin() + ", and the key is of " + key.name() + ".");
        }
        if (!checkpoint.hasOneSignatureOfItsLog()) {
            throw changed(line, "A checkpoint in an export has the signature of its log once.");
        }
        if (!checkpoint.isOf(key)) {
            throw isOfAnotherKey(checkpoint)
                    ? tampered(
                            line,
                            Tampering.ANOTHER_LOG,
                            "The checkpoint is signed with another key than the one given.")
                    : changed(line, "The signature of the checkpoint is not the log's.");
        }
        if (witnesses != null && witnesses.isMet(checkpoint)) {
            witnessed = Math.max(witnessed, checkpoint.size());
        }
    }

    private boolean isOfAnotherKey(Checkpoint checkpoint) {
        return checkpoint.note().signatures().stream()
                .flatMap(line -> line.bytes().stream())
                .noneMatch(bytes -> Arrays.equals(Arrays.copyOf(bytes, VerifierKey.ID), key.id()));
    }

    void since(Head head, CompactRange range, long line) throws ExportFault {
        Checkpoint since = head.since();
        if (since == null) {
            if (!head.consistency().isEmpty()) {
                throw changed(line, "There is a proof for a checkpoint, but no checkpoint.");
            }
            return;
        }
        signed(since, line);
        if (since.size() != head.first()
                || !Proof.isConsistent(
                        since.size(),
                        since.root(),
                        head.checkpoint().size(),
                        head.checkpoint().root(),
                        head.consistency())) {
            throw tampered(
                    line,
                    Tampering.OLDER_STATE,
                    "The checkpoint that the export goes on from is not one of this log's history.");
        }
        root(since, range, line);
    }

    void kept(Head head, CompactRange range, long line) throws ExportFault {
        if (kept == null) {
            return;
        }
        if (!kept.isOf(key)) {
            throw tampered(
                    0,
                    Tampering.ANOTHER_LOG,
                    "The checkpoint that was kept is not signed by this log: it names " + kept.origin()
                            + ", and the key is of " + key.name() + ".");
        }
        if (kept.size() > head.checkpoint().size()) {
            throw tampered(
                    line,
                    Tampering.OLDER_STATE,
                    "The export counts " + head.checkpoint().size()
                            + " entries, and the checkpoint that was kept " + kept.size()
                            + ": what came after is gone, unless the export is older than that checkpoint; then export again.");
        }
        if (kept.size() < head.first()) {
            throw new ExportFault(new Unusable("The checkpoint that was kept, of " + kept.size()
                    + " entries, is from before the first entry of this export, which is at place " + head.first()
                    + ": verify an export that begins before it."));
        }
        at(range, line);
    }

    /** Where so many entries have been read: whether they are those of the checkpoint that was kept. */
    void at(CompactRange range, long line) throws ExportFault {
        if (kept != null && kept.size() == range.size()) {
            agrees(kept, range, line);
        }
    }

    /** One that the log gave when it had the entries so far. */
    void agrees(Checkpoint checkpoint, CompactRange range, long line) throws ExportFault {
        root(checkpoint, range, line);
        agreed++;
    }

    void root(Checkpoint checkpoint, CompactRange range, long line) throws ExportFault {
        if (!Arrays.equals(range.root(), checkpoint.root())) {
            throw tampered(
                    line,
                    Tampering.OLDER_STATE,
                    "The log has signed another history of its first " + checkpoint.size()
                            + " entries than the one in this export: an older state of it was restored and has gone on.");
        }
    }
}
