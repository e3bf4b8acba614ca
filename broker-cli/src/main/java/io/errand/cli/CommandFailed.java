package io.errand.cli;

/** Ends a command with one sentence for the person who typed it, and with exit code 1, or 2 where it was typed wrong. */
public final class CommandFailed extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int exitCode;

    public CommandFailed(String sentence) {
        this(sentence, 1);
    }

    public CommandFailed(String sentence, Throwable cause) {
        super(sentence, cause);
        this.exitCode = 1;
    }

    private CommandFailed(String sentence, int exitCode) {
        super(sentence);
        this.exitCode = exitCode;
    }

    /** What was typed cannot be meant, whatever the broker says. */
    public static CommandFailed usage(String sentence) {
        return new CommandFailed(sentence, 2);
    }

    /** As a shell says it of a command that is not there. */
    static CommandFailed noSuchCommand(String sentence) {
        return new CommandFailed(sentence, 127);
    }

    /** For a command whose exit code 1 says something else. */
    static CommandFailed error(String sentence) {
        return new CommandFailed(sentence, 2);
    }

    /** The same with its cause. */
    static CommandFailed error(String sentence, Throwable cause) {
        CommandFailed failed = new CommandFailed(sentence, 2);
        failed.initCause(cause);
        return failed;
    }

    int exitCode() {
        return exitCode;
    }
}
