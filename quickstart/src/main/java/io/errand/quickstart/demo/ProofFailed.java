package io.errand.quickstart.demo;

/** What the story promised did not happen. */
final class ProofFailed extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String seen;

    ProofFailed(String promise, String seen) {
        super(promise);
        this.seen = seen;
    }

    /** What was there instead. */
    String seen() {
        return seen;
    }
}
