package io.errand.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code errand policy delete}. */
@Command(
        name = "delete",
        mixinStandardHelpOptions = true,
        description = "Deactivate a policy set. Its versions are kept, and can be put in force again.")
final class PolicyDeleteCommand extends BrokerCommand {

    @Parameters(paramLabel = "NAME", description = "The set.")
    private String name = "";

    @Override
    int run() {
        broker().delete("/admin/v1/policies/" + BrokerClient.encoded(name)).orFail();
        out().println(name + " is no longer in force");
        return 0;
    }
}
