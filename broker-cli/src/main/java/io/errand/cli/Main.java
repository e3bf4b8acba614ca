package io.errand.cli;

/** The commands that need nothing but a broker's address; the container image has these. */
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        System.exit(ErrandCommand.commandLine().execute(args));
    }
}
