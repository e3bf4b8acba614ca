package io.errand.broker.observation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts what was read of a log into its records, which end with a line feed: in CSV not within quotes, where whoever wrote a statement may
 * have put any number of them. A record that fills a whole chunk is skipped, and where it ends is found by the same rule: no text of
 * a statement is ever taken for a record.
 */
final class RecordScanner {

    private RecordScanner() {}

    /**
     * Where reading is, beside a place.
     *
     * @param skipping within a record that is too long
     * @param quoted and within quotes there
     */
    record State(boolean skipping, boolean quoted) {

        static final State BETWEEN = new State(false, false);
    }

    /**
     * What a chunk has.
     *
     * @param consumed bytes that need not be read again
     * @param skipped records that ended here and were too long
     */
    record Cut(List<byte[]> records, int consumed, State state, int skipped) {}

    /** @param isFull whether the chunk is as long as one can be */
    static Cut cut(byte[] chunk, State state, boolean quotes, boolean isFull) {
        List<byte[]> records = new ArrayList<>();
        boolean quoted = state.quoted();
        boolean skipping = state.skipping();
        int skipped = 0;
        int begin = 0;
        for (int at = 0; at < chunk.length; at++) {
            if (quotes && chunk[at] == '"') {
                quoted = !quoted;
            } else if (chunk[at] == '\n' && !quoted) {
                if (skipping) {
                    skipping = false;
                    skipped++;
                } else {
                    records.add(Arrays.copyOfRange(chunk, begin, at));
                }
                begin = at + 1;
            }
        }
        if (skipping || (isFull && begin == 0)) {
            return new Cut(records, chunk.length, new State(true, quoted), skipped);
        }
        return new Cut(records, begin, State.BETWEEN, skipped);
    }
}
