package io.errand.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code errand policy delete}. */
@Command(
        name = "delete",
        mixinStandardHelpOptions = true,
        description = "Deactivate a policy set. Its versions are kept, and can be put in force again.")
final class PolicyDeleteCommand implements Callable<Integer> {

    @Parameters(paramLabel = "NAME", description = "The set.")
    private String name = "";

    @Mixin
    private Connection connection = new Connection();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() {
        connection
                .broker()
                .delete("/admin/v1/policies/" + BrokerClient.encoded(name))
                .orFail();
        PrintWriter out = spec.commandLine().getOut();
        out.println(name + " is no longer in force");
        out.flush();
        return 0;
    }
}
