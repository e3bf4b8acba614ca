package io.errand.bench;

/** There is nothing to measure, or what was measured is not what was meant. */
final class BenchFailed extends RuntimeException {

    private static final long serialVersionUID = 1L;

    BenchFailed(String sentence) {
        super(sentence);
    }

    BenchFailed(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
