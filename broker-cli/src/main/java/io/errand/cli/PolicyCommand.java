package io.errand.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code errand policy}. */
@Command(
        name = "policy",
        mixinStandardHelpOptions = true,
        description = "Try and save policies, explain what they decided, and put versions in force.",
        subcommands = {
            PolicyTestCommand.class,
            PolicyReplayCommand.class,
            PolicyExplainCommand.class,
            PolicySaveCommand.class,
            PolicyVersionsCommand.class,
            PolicyActivateCommand.class,
            PolicyDeleteCommand.class
        })
public final class PolicyCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before run
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "test, replay, explain, save, versions, activate or delete?");
    }
}
