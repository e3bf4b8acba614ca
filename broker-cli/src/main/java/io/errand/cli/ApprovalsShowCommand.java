package io.errand.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code errand approvals show}. */
@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = "Show every member of what would be granted, and its digest.")
final class ApprovalsShowCommand implements Callable<Integer> {

    @Parameters(paramLabel = "ID", description = "The approval, as `errand approvals` lists it.")
    private String id = "";

    @Mixin
    private Connection connection = new Connection();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() {
        Request.read(connection.broker(), id).print(spec.commandLine().getOut());
        return 0;
    }
}
