package io.errand.broker.stream;

import java.util.List;

/** Whoever takes what a stream sends. */
interface StreamReceiver {

    /**
     * Sends entries in their order, and comes back when the receiver has them.
     *
     * @throws NotTaken if that is not sure: they are sent again
     */
    void take(List<Entry> entries) throws NotTaken;

    /** With a sentence for the log and the doctor, without secrets and without the receiver's own words. */
    final class NotTaken extends Exception {

        private static final long serialVersionUID = 1;

        NotTaken(String sentence) {
            super(sentence);
        }

        String sentence() {
            return String.valueOf(getMessage());
        }
    }
}
