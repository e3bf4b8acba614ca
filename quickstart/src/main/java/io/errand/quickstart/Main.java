package io.errand.quickstart;

import io.errand.cli.ErrandCommand;
import io.errand.quickstart.demo.DemoCommand;
import picocli.CommandLine;

/** What the launcher starts: the operators' commands, and those that need the quickstart. */
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return ErrandCommand.commandLine()
                .addSubcommand(new ServeCommand())
                .addSubcommand(new DevTokenCommand())
                .addSubcommand(new DemoCommand());
    }
}
