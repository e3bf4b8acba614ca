package io.errand.cli;

import picocli.CommandLine.Option;

/** Why something is done: a mixin for commands that change what is decided. */
final class Reason {

    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why; it is kept on the log.")
    private String text = "";

    String text() {
        return text;
    }
}
