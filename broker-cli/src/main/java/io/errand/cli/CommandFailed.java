package io.errand.cli;

/** Ends a command with exit code 1 and one sentence for the person who typed it. */
public final class CommandFailed extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public CommandFailed(String sentence) {
        super(sentence);
    }

    public CommandFailed(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
