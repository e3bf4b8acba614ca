package io.errand.api.log;

/** What came of looking through an export. */
public sealed interface Verification {

    /**
     * Every line is the log's, at its place, and none is missing.
     *
     * @param origin the log's name
     * @param first the place of the first entry
     * @param size of the log at its checkpoint
     * @param checkpoints how many of the log's checkpoints were found consistent with it
     * @param witnessed how many of its entries enough of the witnesses have seen; 0 where none were given
     */
    record Verified(
            String origin,
            long first,
            long size,
            int checkpoints,
            long witnessed,
            Decisions decisions,
            Statements statements)
            implements Verification {}

    /** Permits: what came of it is on record; is on record as unknown; is not on record. */
    record Decisions(long withOutcome, long unknown, long withNeither) {}

    /**
     * What else was held against the log.
     *
     * @param receipts that say what their event says
     * @param signatures of receipts that are right; 0 where no keys were given
     * @param approvals whose digest is the one that was asked about
     * @param disclosures texts that are those of their digests
     */
    record Statements(long receipts, long signatures, long approvals, long disclosures) {}

    /**
     * The first line that is not what it must be.
     *
     * @param line from 1, of the export; 0: none of its lines
     */
    record Tampered(long line, Tampering kind, String sentence) implements Verification {}

    /** A place that cannot be looked at, in a sentence that says what to do. */
    record Unusable(String sentence) implements Verification {}
}
